-- One row an airline and airport of origin: who can be relied on, and from where.
SELECT
    carrier,
    carrier_name,
    origin,
    count(*) AS flights,
    round(avg(cancelled::INTEGER), 4) AS cancelled_share,
    round(avg(late::INTEGER), 4) AS late_share,
    median(arr_delay) AS median_arrival_delay,
    quantile_cont(arr_delay, 0.9) AS arrival_delay_p90
FROM enriched
GROUP BY ALL
ORDER BY flights DESC, carrier, origin
