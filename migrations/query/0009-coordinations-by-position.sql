-- The list of coordinations and the stream of them are read in the order of the log.
CREATE INDEX coordinations_position ON coordinations (position);
CREATE INDEX coordinations_portfolio_position ON coordinations (portfolio_id, position);
