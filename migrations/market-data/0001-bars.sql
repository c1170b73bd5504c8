create table market_instruments (
  instrument_id varchar(20) primary key,
  name text,
  sector text,
  lot_size double precision check (lot_size > 0),
  half_spread double precision check (half_spread >= 0),
  updated_at timestamptz not null default now()
);

create table daily_bars (
  instrument_id varchar(20) not null,
  day date not null,
  close double precision not null check (close > 0),
  volume double precision check (volume >= 0),
  primary key (instrument_id, day)
);

create index daily_bars_by_day on daily_bars (day);

-- One chunk a year where the server has TimescaleDB; a plain table serves as well, only without compression and chunks.
do $$
begin
  if exists (select from pg_available_extensions where name = 'timescaledb') then
    create extension if not exists timescaledb;
    perform create_hypertable('daily_bars', 'day', chunk_time_interval => interval '365 days', create_default_indexes => false);
  end if;
end
$$;
