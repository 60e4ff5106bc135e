-- The published table: one row for each flight that keeps the contract, with what the airline,
-- the aircraft and the destination tell about it. All joins are LEFT JOINs on a key, so that
-- every flight comes out exactly once.
SELECT
    -- The table has the day of the contract as one more column.
    f.date,
    -- Times of day are written as hhmm numbers in the raw data; the clock is that of New York.
    make_timestamp(f.year, f.month, f.day, f.hour, f.minute, 0.0) AS scheduled_departure,
    isodow(f.date) AS weekday,
    f.hour,
    f.carrier,
    airlines.name AS carrier_name,
    f.flight,
    f.tailnum,
    f.origin,
    f.dest,
    airports.name AS dest_name,
    airports.lat AS dest_lat,
    airports.lon AS dest_lon,
    f.distance,
    -- A registration may be given to another aircraft later: where the register shows one that
    -- is too small to fly for an airline, it is not the one that flew.
    CASE WHEN planes.seats >= 20 THEN planes.seats END AS seats,
    CASE WHEN planes.seats >= 20 THEN f.year - planes.year END AS plane_age,
    f.sched_dep_time,
    f.sched_arr_time,
    -- From here on: known only after the flight, and so no input for a prediction before it.
    f.dep_time,
    f.dep_delay,
    f.arr_time,
    f.arr_delay,
    f.air_time,
    f.dep_time IS NULL AS cancelled,
    f.dep_time IS NOT NULL AND f.arr_delay IS NULL AS diverted,
    -- Late in the sense of the US Department of Transportation; unknown where it never arrived.
    f.arr_delay >= 15 AS late
FROM flights AS f
LEFT JOIN airlines ON airlines.carrier = f.carrier
LEFT JOIN airports ON airports.faa = f.dest
LEFT JOIN planes ON planes.tailnum = f.tailnum
