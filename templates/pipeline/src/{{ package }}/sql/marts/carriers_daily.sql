-- One row a day, airline and airport of origin. Only what can be added up over days is kept, so that
-- the view `carriers` can tell of any period without the flights themselves.
SELECT
    date,
    carrier,
    carrier_name,
    origin,
    count(*) AS flights,
    count(*) FILTER (WHERE cancelled) AS cancelled,
    count(*) FILTER (WHERE late IS NOT NULL) AS arrived,
    count(*) FILTER (WHERE late) AS late,
    sum(arr_delay)::BIGINT AS arrival_delay
FROM enriched
GROUP BY date, carrier, carrier_name, origin
ORDER BY date, carrier, origin
