-- Bars name their instrument by a number: the rows and their one index are half as large, and twice as quick to write.
-- People read the view daily_bars, which has the ids.
alter table market_instruments
  add column instrument_key integer generated always as identity unique,
  add column adv double precision check (adv >= 0),
  add column short_term_tax_rate double precision check (short_term_tax_rate between 0 and 1),
  add column long_term_tax_rate double precision check (long_term_tax_rate between 0 and 1),
  add column delisted_on date;

insert into market_instruments (instrument_id)
  select distinct instrument_id from daily_bars on conflict do nothing;

-- As the vendor sent them: splits are applied when they are read.
create table bars (
  instrument_key integer not null,
  day date not null,
  close double precision not null check (close > 0 and close < 'infinity'),
  volume double precision check (volume >= 0 and volume < 'infinity'),
  primary key (day, instrument_key)
);

do $$
begin
  if exists (select from pg_extension where extname = 'timescaledb') then
    perform create_hypertable('bars', 'day', chunk_time_interval => interval '365 days', create_default_indexes => false);
  end if;
end
$$;

insert into bars (instrument_key, day, close, volume)
  select instrument_key, day, close, volume from daily_bars join market_instruments using (instrument_id);

drop table daily_bars;

create view daily_bars as
  select instrument_id, day, close, volume from bars join market_instruments using (instrument_key);

-- What multiplies the prices and the volumes of all days before `day`.
create table price_adjustments (
  instrument_key integer not null references market_instruments (instrument_key),
  day date not null,
  kind text not null check (kind in ('SPLIT', 'DISTRIBUTION')),
  price_factor double precision not null check (price_factor > 0 and price_factor < 'infinity'),
  volume_factor double precision not null check (volume_factor > 0 and volume_factor < 'infinity'),
  primary key (instrument_key, day, kind)
);

-- Raised in the transaction of every change: a copy kept elsewhere, such as Parquet files, knows by it whether it is up to
-- date. A part is a year of bars, or `adjustments`.
create table market_data_versions (
  part text primary key,
  version bigint not null
);

insert into market_data_versions (part, version)
  select distinct extract(year from day)::int::text, 1 from bars;
