-- One row a day: how much was flown, and how well.
SELECT
    date,
    count(*) AS flights,
    count(*) FILTER (WHERE cancelled) AS cancelled,
    count(*) FILTER (WHERE diverted) AS diverted,
    count(*) FILTER (WHERE late) AS late,
    -- Over the flights that arrived: a cancelled flight is neither late nor on time.
    round(avg(late::INTEGER), 4) AS late_share,
    median(dep_delay) AS median_departure_delay,
    count(*) FILTER (WHERE seats IS NULL) AS unknown_aircraft
FROM enriched
GROUP BY date
ORDER BY date
