-- One row an airline and airport of origin: who can be relied on, and from where.
SELECT
    carrier,
    carrier_name,
    origin,
    sum(flights) AS flights,
    round(sum(cancelled) / sum(flights), 4) AS cancelled_share,
    round(sum(late) / nullif(sum(arrived), 0), 4) AS late_share,
    round(sum(arrival_delay) / nullif(sum(arrived), 0), 1) AS mean_arrival_delay
FROM carriers_daily
GROUP BY carrier, carrier_name, origin
ORDER BY flights DESC, carrier, origin
