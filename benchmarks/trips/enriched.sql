SELECT t.*, zones.borough
FROM trips AS t
LEFT JOIN zones ON zones.zone = t.pickup_zone
