SELECT date, vendor, payment, count(*) AS trips, sum(tip) AS tip
FROM enriched
GROUP BY date, vendor, payment
ORDER BY date, vendor, payment
