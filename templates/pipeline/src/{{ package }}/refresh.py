"""The heart of a run: from the raw files and the state of before to partitions and a new state."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from . import datapackage, plan, publish, quarantine, share, warehouse
from .engine import Built, Engine, Progress
from .errors import UserError
from .extract import RawFile
from .found import Found
from .history import Record
from .state import FileState, Partition, State
from .task import Task

Step = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True)
class Checked:
    """What was found in the files of each table that were read, and which days to build."""

    found: dict[str, dict[str, Found]]
    state: State
    days: list[str]


@dataclass(frozen=True)
class Refreshed:
    """What a run has done: what it found in the files it read, the days it built, the state.

    `columns` are those of the days that were built, and `duplicates` the good rows that they do not
    have; `record` is what is kept of the run, where it has published something.
    """

    found: dict[str, dict[str, Found]]
    days: list[str]
    state: State
    columns: tuple[str, ...] = ()
    duplicates: int = 0
    record: Record | None = None


def refresh(
    task: Task, step: Step, progress: Progress, describe: Callable[[Refreshed], Record]
) -> Refreshed:
    """Bring the days asked for up to date, and publish them.

    `describe` gives the record of what was done, which goes with the journal.

    Raises:
        UserError: something that the owner can mend; what readers see is as it was.
    """
    # Asked before the work: a warehouse that is away stops a run here.
    loaded = warehouse.is_loaded(task.config) and task.before.shape == task.shape
    state, first = _known(task)
    gone = task.before.files.keys() - state.files.keys()
    strangers = publish.unknown_files(
        task.config, task.contract, {task.within(task.dataset / p) for p in _paths(task, state)}
    )
    told = datapackage.tells(task.dataset / datapackage.FILE, task.contract)
    if not (gone or first or strangers or task.wanted(state, set())) and told and loaded:
        return Refreshed({}, [], state)
    staging = publish.staging(task.config)
    with Engine(task.contract, staging / "spill") as engine:
        checked, aside = _checked(engine, task, staging, step)
        aside |= dict.fromkeys(gone)
        if not checked.state.sources():
            raise UserError(
                "No record keeps the contract. Nothing was published.",
                f"Their reasons are in {task.config.data.quarantine}.",
            )
        with step("enrich"):
            sources = checked.state.sources()
            built = engine.build(
                [day for day in checked.days if day in sources],
                staging / "parts",
                progress,
            )
            columns = engine.columns()
            _refuse_other_columns(task, columns, set(state.partitions).difference(checked.days))
            repeated = quarantine.stage_duplicates(engine, built, checked.days, staging)
            state = _with_partitions(task, checked, built)
        with step("marts"):
            parts = {day: each.path for day, each in built.items()}
            if not loaded:
                others = set(state.partitions) - set(parts)
                parts |= {day: task.dataset / task.contract.dataset.part(day) for day in others}
            marts = engine.marts(parts, staging / "marts") if parts else {}
            if parts:
                warehouse.rehearse(task.config, task.contract, next(iter(parts.values())), marts)
    with step("publish"):
        descriptor = staging / datapackage.FILE
        raw = [file for files in task.tables.values() for file in files]
        named = {task.contract.dataset.part(day): each for day, each in state.partitions.items()}
        datapackage.write(descriptor, task.contract, columns, named, raw)
        moves = {path: task.dataset / task.contract.dataset.part(d) for d, path in parts.items()}
        moves = {staged: target for staged, target in moves.items() if staged != target}
        moves[descriptor] = task.dataset / datapackage.FILE
        folder = task.config.quarantine
        removals = [
            task.dataset / task.contract.dataset.part(day)
            for day in checked.days
            if day not in built
        ]
        for staged, target in (
            *((path, folder / quarantine.record_file(name)) for name, path in aside.items()),
            *((path, folder / quarantine.duplicate_file(day)) for day, path in repeated.items()),
        ):
            if staged is None:
                removals.append(target)
            else:
                moves[staged] = target
        change = _change(task, state, checked.days, marts, aside, repeated, loaded=loaded)
        targets = {task.within(target) for target in moves.values()}
        done = Refreshed(checked.found, checked.days, state, tuple(columns) if checked.days else ())
        done = replace(done, duplicates=sum(each.duplicates for each in built.values()))
        done = replace(done, record=describe(done))
        journal = publish.Journal(
            moves={task.within(a): task.within(b) for a, b in moves.items()},
            removals=[*map(task.within, removals), *(set(strangers) - targets)],
            change=change,
            is_everything=not loaded,
            state=state.document(),
            record=done.record,
        )
        publish.commit(task.config, task.contract, journal)
    return done


def _refuse_other_columns(task: Task, columns: list[str], kept: set[str]) -> None:
    """Stop where the days that are kept have other columns than those that were built.

    Raises:
        UserError: no reader could make one table of both.
    """
    before = datapackage.columns(task.dataset / datapackage.FILE)
    now = {name: task.contract.published[name].type for name in columns}
    others = sorted(n for n in {*before, *now} if before.get(n) != now.get(n))
    if kept and before and others:
        raise UserError(
            f"{len(kept):,} published days would have other columns than those built now: "
            f"{', '.join(map(repr, others))}.",
            "Run `run`, which builds all days alike. What was published before is as it was.",
        )


def check(task: Task, step: Step) -> Refreshed:
    """Check the files that a run would read, and publish nothing.

    Raises:
        UserError: the files do not keep the contract.
    """
    staging = publish.staging(task.config)
    with Engine(task.contract, staging / "spill") as engine:
        checked, aside = _checked(engine, task, staging, step)
        quarantine.keep(task.config, aside)
        with step("duplicates"):
            duplicates = sum(engine.deduplicate().values())
    return Refreshed(checked.found, [], checked.state, duplicates=duplicates)


def _known(task: Task) -> tuple[State, list[RawFile]]:
    """Return what is known of the raw files that are there, and those that are to be read first."""
    names = {file.name for file in task.main}
    files = {name: entry for name, entry in task.before.files.items() if name in names}
    state = replace(task.before, files=files)
    return state, task.unread(state)


def _paths(task: Task, state: State) -> list[str]:
    return [task.contract.dataset.part(day) for day in state.partitions]


def _checked(
    engine: Engine, task: Task, staging: Path, step: Step
) -> tuple[Checked, dict[str, Path | None]]:
    """Read the files that are new, and then those that hold rows of the same days."""
    state, first = _known(task)
    places = {file.name: place for place, file in enumerate(task.main)}
    main = task.contract.main.name
    found: dict[str, dict[str, Found]] = {}
    with step("check"):
        for table in task.contract.tables:
            if table.name != main:
                found[table.name] = engine.load(
                    table.name, list(enumerate(task.tables[table.name]))
                )
        found[main] = {}
        touched = _days(state, first)
        files = first
        while True:
            if files:
                new = engine.load(main, [(places[file.name], file) for file in files])
                found[main] |= new
                entries = {
                    file.name: FileState(
                        file.sha256, file.bytes, new[file.name], task.rules_for(file.name)
                    )
                    for file in files
                }
                state = replace(state, files=state.files | entries)
            touched |= _days(state, first)
            days = task.wanted(state, touched)
            missing = set(plan.missing(state, days, set(found[main])))
            files = [file for file in task.main if file.name in missing]
            if not files:
                break
    with step("quarantine"):
        aside = quarantine.stage(engine, found, staging)
        found = quarantine.leave_out(found, aside, task.mended)
        entries = {n: replace(state.files[n], found=each) for n, each in found[main].items()}
        state = replace(
            state,
            files=state.files | entries,
            tables={n: Found.total(each.values()) for n, each in found.items() if n != main},
        )
        known = found | {main: {name: entry.found for name, entry in state.files.items()}}
        share.refuse_too_many(task, known, [file.name for file in first], aside)
    return Checked(found, state, days), aside


def _days(state: State, files: list[RawFile]) -> set[str]:
    """Return all days of which the files hold rows."""
    return {
        day
        for file in files
        if file.name in state.files
        for day in state.files[file.name].found.days
    }


def _with_partitions(task: Task, checked: Checked, built: dict[str, Built]) -> State:
    """Return the state with the partitions that were built, each of them balanced.

    Raises:
        UserError: a partition has other rows than the raw files gave it.
    """
    sources = checked.state.sources()
    partitions = {
        day: each for day, each in checked.state.partitions.items() if day not in checked.days
    }
    for day, each in built.items():
        partition = Partition(
            rows=each.rows,
            duplicates=each.duplicates,
            bytes=each.path.stat().st_size,
            sha256=publish.digest(each.path),
            sources=sources[day],
            fingerprint=checked.state.fingerprint(task.rules, sources[day]),
        )
        if not partition.is_balanced:
            good = sum(partition.sources.values()) - partition.duplicates
            raise UserError(
                f"sql/enriched.sql makes {each.rows:,} rows of {good:,} on {day}.",
                "A join should neither lose nor multiply rows: LEFT JOIN on a table's key.",
            )
        partitions[day] = partition
    return replace(checked.state, partitions=dict(sorted(partitions.items())), shape=task.shape)


def _change(
    task: Task,
    state: State,
    days: list[str],
    marts: dict[str, Path],
    aside: dict[str, Path | None],
    repeated: dict[str, Path | None],
    *,
    loaded: bool,
) -> warehouse.Change:
    """Return what the warehouse is to replace; one that holds nothing yet is given everything."""
    folder = task.config.quarantine
    records: dict[str, bool] = {name: path is not None for name, path in aside.items()}
    duplicates: dict[str, bool] = {day: path is not None for day, path in repeated.items()}
    if not loaded:
        days = sorted({*days, *state.partitions})
        records = {n: f.found.quarantined > 0 for n, f in state.files.items()} | records
        duplicates = {d: p.duplicates > 0 for d, p in state.partitions.items()} | duplicates
    part = task.contract.dataset.part
    return warehouse.Change(
        days=tuple(days),
        parts={d: task.within(task.dataset / part(d)) for d in days if d in state.partitions},
        marts={name: task.within(path) for name, path in marts.items()},
        quarantine={
            name: task.within(folder / quarantine.record_file(name)) if there else ""
            for name, there in records.items()
        },
        duplicates={
            day: task.within(folder / quarantine.duplicate_file(day)) if there else ""
            for day, there in duplicates.items()
        },
    )
