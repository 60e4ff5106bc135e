-- One row a day: what came in, and what became of it. Refused flights whose date cannot be read
-- belong to no day and are only in the quarantine.
WITH refused AS (
    SELECT
        try_cast(format('{}-{}-{}', year, month, day) AS DATE) AS date,
        count(*) AS quarantined
    FROM checked_flights
    WHERE _reasons IS NOT NULL
    GROUP BY ALL
)
SELECT
    date,
    count(*) AS published,
    coalesce(any_value(quarantined), 0) AS quarantined,
    round(avg((cancelled OR diverted)::INTEGER), 4) AS not_arrived_share,
    round(avg((seats IS NULL)::INTEGER), 4) AS unknown_aircraft_share
FROM enriched
LEFT JOIN refused USING (date)
GROUP BY date
ORDER BY date
