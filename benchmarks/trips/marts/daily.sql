SELECT date, borough, count(*) AS trips, sum(total) AS total, sum(distance) AS distance
FROM enriched
GROUP BY date, borough
ORDER BY date, borough
