"""What `stationwatch replay` does. I/O."""

import argparse
import sys
import uuid
from contextlib import aclosing, nullcontext

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from replaying.desk import Desk, desk
from replaying.options import LIST, WATCH
from replaying.request import check, command
from replaying.show import created, print_sessions, speed_text, told
from telemetry.clock import utc
from telemetry.question import AskRefused
from telemetry.replay import Replay, ReplayState, ReplayVerb
from telemetry.settings import Settings


async def run_replay(arguments: argparse.Namespace, settings: Settings) -> None:
    """Ask for something of a replay session and print what became of it.

    :raises UsageError: if it cannot be asked like that, or there is no such session.
    :raises AskRefused: if ingest refused it, or a session that is watched does not reach its
        end.
    :raises NoAnswer: if ingest does not answer.
    """
    check(arguments)
    action = arguments.action
    verb = None if action in (LIST, WATCH) else ReplayVerb(action)
    if verb is not None:
        command(verb, arguments, "")  # what is wrong is told even if there is no broker
    async with desk(settings) as sessions:
        if verb is not None:
            await _ask(sessions, verb, arguments)
        elif action == WATCH:
            await _watch(sessions, arguments.session)
        else:
            _list(sessions, as_json=arguments.json)


async def _ask(sessions: Desk, verb: ReplayVerb, arguments: argparse.Namespace) -> None:
    known = sessions.sessions.get(arguments.session or "")
    asked = command(verb, arguments, uuid.uuid4().hex, known.start_ns if known else 0)
    console = Console(stderr=True)
    with console.status("waiting for ingest") if console.is_terminal else nullcontext():
        replay = await sessions.ask(verb, asked)
    say = created if verb is ReplayVerb.CREATE else told
    sys.stdout.write(f"{say(replay)}\n")


def _list(sessions: Desk, *, as_json: bool) -> None:
    replays = sorted(sessions.sessions.values(), key=lambda replay: replay.created_ns)
    if as_json:
        sys.stdout.write(msgspec.json.encode(replays).decode() + "\n")
    elif replays:
        print_sessions(replays)
    else:
        sys.stderr.write("there are no replays\n")


async def _watch(sessions: Desk, session: str) -> None:
    """Show how far it is until it is over."""
    last = sessions.session(session)
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.fields[state]}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %  {task.fields[at]}  {task.fields[events]} events"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with bar:
        shown = bar.add_task("", total=1.0, state="", at="", events=0)
        async with aclosing(sessions.follow(session)) as said:  # type: ignore[type-var]
            async for replay in said:
                if not console.is_terminal and replay.state is not last.state:
                    sys.stderr.write(f"{told(replay)}\n")
                last = replay
                state = f"{replay.state} {speed_text(replay.speed)}"
                at, done = utc(replay.position_ns), _done(replay)
                bar.update(shown, completed=done, state=state, at=at, events=replay.events)
                if replay.state is ReplayState.FINISHED:
                    break
    if last.state is not ReplayState.FINISHED:
        raise AskRefused(f"replay {last.id} has ended: {last.reason or 'it is gone'}")
    sys.stdout.write(f"{told(last)}\n")


def _done(replay: Replay) -> float:
    """How much of it was played, 0 to 1."""
    return (replay.position_ns - replay.start_ns) / max(1, replay.stop_ns - replay.start_ns)
