-- Stands in for a migration that comes from elsewhere.
SELECT 1;
