"""The command line. Commands about the index and questions talk to the running VoiceAssist; the others work alone."""

import asyncio
import dataclasses
import json
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from backend import __version__, cli_accounts, cli_audit, cli_secrets, cli_speech, cli_voice, telemetry
from backend.client import Client
from backend.errors import BadInput, VoiceAssistError
from backend.settings import Mode, Settings, load_settings

if TYPE_CHECKING:
    from backend.assistant.understanding.opinion.meaning import Embed

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
index_app = typer.Typer(no_args_is_help=True, help="What is indexed, what waits, what failed.")
app.add_typer(index_app, name="index")
models_app = typer.Typer(help="The language models that can be had, and models for speech on this machine.")
app.add_typer(models_app, name="models")
app.add_typer(cli_audit.app, name="audit")
app.add_typer(cli_secrets.app, name="secrets")
app.add_typer(cli_speech.app)
app.add_typer(cli_voice.app)
app.add_typer(cli_accounts.app, name="accounts")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]
T = TypeVar("T")


def main() -> None:
    """Entry of `voiceassist`: an error of ours ends in one line and exit code 1, not in a traceback."""
    try:
        app()
    except VoiceAssistError as error:
        err.print(f"[red]{error.message}[/red]")
        sys.exit(1)


def print_json(value: object) -> None:
    """One JSON value per line, as it is."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


@app.command()
def version() -> None:
    """Print the version."""
    out.print(__version__)


@app.command()
def serve(
    port: Annotated[int | None, typer.Option(help="Port to listen on (default: APP_PORT).")] = None,
) -> None:
    """Start VoiceAssist and print its address when it is ready to answer."""
    settings = load_settings()
    telemetry.configure_logging(settings.log_level, json=settings.log_json)
    run(_serve(settings if port is None else settings.model_copy(update={"app_port": port})))


async def _serve(settings: Settings) -> None:
    from backend import serving  # the whole house is only needed here
    from backend.app import create_app
    from backend.house import open_house

    if settings.mode is Mode.APPAPI:
        raise BadInput("APP_SECRET is set: as an ExApp, VoiceAssist is started by `python -m ex_app`.")
    with serving.listen(settings) as listening:
        async with open_house(settings) as house:
            await serving.serve(create_app(house), listening, house.voice.close)


def _place(found: dict[str, Any]) -> str:
    """Where in its file a passage stands."""
    from backend.wording import position

    if found["page"]:
        return f", page {found['page']}"
    return "" if found["time"] is None else f", at {position(found['time'])}"


@app.command()
def ask(question: str, as_json: AsJson = False) -> None:
    """Ask a question and print the answer with its sources."""
    final = run(_ask(question, as_json))
    if as_json:
        print_json(final)
        return
    for citation in final["citations"]:
        out.print(f"[dim]\\[{citation['number']}] {citation['path']}{_place(citation)}[/dim]")


async def _ask(question: str, quiet: bool) -> dict[str, Any]:
    async with Client(load_settings()) as client:
        async for event in client.ask(question):
            match event["type"]:
                case "answer.delta" if not quiet:
                    out.print(event["text"], end="", markup=False, soft_wrap=True)
                case "error":
                    raise VoiceAssistError(str(event["message"]))
                case "turn.done":
                    if not quiet:
                        out.print()
                    return event
    raise VoiceAssistError("The answer ended before it was complete. Please ask again.")


@app.command()
def talk(
    file: Path,
    language: Annotated[str, typer.Option(help="The language that is spoken, such as en.")] = "en",
    zone: Annotated[str | None, typer.Option(help="Your time zone, such as Europe/Berlin.")] = None,
) -> None:
    """Say a recording to VoiceAssist and print what comes of it, as JSON lines (see docs/voice-protocol.md)."""
    run(_talk(file, language, zone))


async def _talk(file: Path, language: str, zone: str | None) -> None:
    from backend.voice.talk import talk as events

    settings = load_settings()
    async for event in events(f"http://{settings.app_host}:{settings.app_port}", file, language, zone):
        print_json(event)


@app.command()
def search(query: str, limit: Annotated[int, typer.Option(min=1, max=50)] = 10, as_json: AsJson = False) -> None:
    """List the passages that fit a query, without any language model."""
    results = run(_call("POST", "/search", {"query": query, "limit": limit}))["results"]
    if as_json:
        print_json(results)
        return
    for result in results:
        out.print(f"[bold]{result['path']}[/bold]{_place(result)}  [dim]{result['relevance_score']:.3f}[/dim]")
        out.print(result["snippet"], markup=False, soft_wrap=True)
        out.print()


@index_app.command("status")
def index_status(as_json: AsJson = False) -> None:
    """Count files by state and list what failed."""
    summary = run(_call("GET", "/files/summary"))
    failed = run(_call("GET", "/files?state=failed&limit=50"))
    if as_json:
        print_json({**summary, "failures": failed})
        return
    table = Table("", "files", box=None)
    for state in ("indexed", "waiting", "running", "failed", "skipped"):
        table.add_row(state, str(summary[state]))
    out.print(table)
    if summary["error"]:
        out.print(f"[red]{summary['error']}[/red]")
    for row in failed:
        out.print(f"[red]{row['path']}[/red]: {row['reason']}")


@index_app.command("run")
def index_run(as_json: AsJson = False) -> None:
    """Look for changes now and wait until everything found is indexed."""
    summary = run(_index_run(quiet=as_json))
    if as_json:
        print_json(summary)
    else:
        out.print(f"{summary['indexed']} indexed, {summary['failed']} failed, {summary['skipped']} skipped")


async def _index_run(*, quiet: bool) -> dict[str, Any]:
    async with Client(load_settings()) as client:
        await client.call("POST", "/files/crawl")
        with Progress(console=err, disable=quiet) as progress:
            task = progress.add_task("Indexing")
            while True:
                summary: dict[str, Any] = await client.call("GET", "/files/summary")
                waiting = summary["waiting"] + summary["running"]
                total = summary["total"]
                progress.update(task, total=total, completed=total - waiting)
                if not waiting and not summary["crawling"]:
                    return summary
                await asyncio.sleep(0.5)


@index_app.command("retry")
def index_retry(as_json: AsJson = False) -> None:
    """Try all failed files again."""
    answer = run(_call("POST", "/files/retry"))
    if as_json:
        print_json(answer)
    else:
        out.print(f"{answer['retried']} files will be tried again")


async def _call(method: str, path: str, body: object = None) -> Any:
    async with Client(load_settings()) as client:
        return await client.call(method, path, body)


@app.command()
def extract(files: list[Path], as_json: AsJson = False) -> None:
    """Show what would be read from files: text, or the reason why there is none."""
    run(_extract(files, as_json))


async def _extract(files: list[Path], as_json: bool) -> None:
    from backend.files.extraction.report import reports
    from backend.house import open_extractor

    async with open_extractor(load_settings()) as extractor:
        async for report in reports(files, extractor):
            if as_json:
                print_json(report)
                continue
            out.rule(f"{report['file']} ({report['format']}, {report['seconds']} s)", align="left")
            if report["reason"]:
                out.print(f"[yellow]{report['reason']}[/yellow]")
            for page in report["pages"]:
                out.print(page["text"], markup=False, soft_wrap=True)


@app.command("search-run")
def search_run(folder: Path, run_file: Path, as_json: AsJson = False) -> None:
    """Index a BEIR folder with the production pipeline and write a TREC run, 100 documents per query."""
    report = run(_search_run(folder, run_file))
    if as_json:
        print_json(report)
    else:
        out.print(f"{report['documents']} documents, {report['chunks']} chunks, {report['queries']} queries")


async def _search_run(folder: Path, run_file: Path) -> dict[str, int]:
    from backend.evaluation import beir_run

    with Progress(console=err) as progress:
        task = progress.add_task("Indexing")
        return await beir_run(
            folder,
            run_file,
            lambda step, done, total: progress.update(task, description=step, completed=done, total=total),
        )


def _embed() -> "Embed | None":
    """The built-in embedding model for commands; without it they are understood by rules and words alone."""
    from backend.search.builtin import BuiltinEmbedder

    try:
        return BuiltinEmbedder(load_settings().model_home).embed_here
    except (VoiceAssistError, OSError) as error:
        err.print(f"[yellow]Without the embedding model: {error}[/yellow]", soft_wrap=True)
        return None


@app.command()
def understand(
    now: Annotated[str, typer.Option(help="The moment that commands are spoken at, in ISO 8601.")],
    tz: Annotated[str, typer.Option(help="The speaker's time zone, such as Europe/Berlin.")] = "UTC",
    language: Annotated[str, typer.Option(help="en or de.")] = "en",
) -> None:
    """Read commands as JSON lines {"text"} and write what each one means, as JSON lines (see docs/commands.md)."""
    from backend.assistant.understanding.lines import answers, parse_now

    for answer in answers(sys.stdin, parse_now(now), tz, language, _embed()):
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


@app.command()
def preflight(as_json: AsJson = False) -> None:
    """Check everything that VoiceAssist depends on; name what fails and what to do. Exits with 1 if something does."""
    from backend.preflight import checks

    results = run(checks(load_settings()))
    if as_json:
        print_json([dataclasses.asdict(check) for check in results])
    else:
        for check in results:
            sign = "[green]ok[/green]  " if check.ok else "[red]FAIL[/red]"
            out.print(f"{sign} [bold]{check.name}[/bold]: {check.detail}", soft_wrap=True)
            if check.remedy:
                out.print(f"     {check.remedy}", soft_wrap=True)
    if not all(check.ok or check.optional for check in results):
        raise typer.Exit(1)


@models_app.callback(invoke_without_command=True)
def models(context: typer.Context, as_json: AsJson = False) -> None:
    """List the language models that can be had, where each sends what it is shown, and what is missing for the rest."""
    if context.invoked_subcommand is not None:
        return
    from backend.models.survey import survey

    found = run(survey(load_settings()))
    if as_json:
        print_json([dataclasses.asdict(one) for one in found])
        return
    for one in found:
        order = f"{one.place}. " if one.place else "not asked: "
        if one.problem:
            out.print(f"{order}[bold]{one.adapter}[/bold]: {one.problem}", soft_wrap=True)
            continue
        withheld = "" if one.allowed else " [red](withheld by MODELS_WHERE)[/red]"
        reads = f", reads {one.context_tokens:,} tokens" if one.context_tokens else ""
        speaks = f", only {', '.join(one.languages)}" if one.languages else ""
        out.print(
            f"{order}[bold]{one.adapter}[/bold]: {one.model}, sends to {one.goes_to}{withheld}{reads}{speaks}",
            soft_wrap=True,
        )


@models_app.command("fetch")
def models_fetch(
    names: Annotated[
        list[str] | None, typer.Argument(help="Which; without a name those of SPEECH_LOCAL_MODELS.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring models that hear and speak on this machine, checked against their pinned SHA-256; list what there is."""
    from backend.speech.local.fetching import fetch
    from backend.speech.local.models import CATALOGUE, is_here

    settings = load_settings()
    wanted = names or list(settings.local_speech_models)
    if unknown := [name for name in wanted if name not in CATALOGUE]:
        raise BadInput(f"There is no model {unknown[0]!r}; there are {', '.join(CATALOGUE)}.")
    for name in wanted:
        with Progress(console=err, disable=as_json) as progress:
            task = progress.add_task(name)
            fetch(
                CATALOGUE[name],
                settings.model_home,
                lambda done, total, task=task, progress=progress: progress.update(task, total=total, completed=done),  # type: ignore[misc]
            )
    for model in CATALOGUE.values():
        here = is_here(settings.model_home, model)
        if as_json:
            print_json(
                {"name": model.name, "here": here, "languages": model.languages, "megabytes": model.size // 10**6}
            )
        else:
            out.print(
                f"{'[green]here[/green]   ' if here else 'missing'} [bold]{model.name}[/bold] {model.kind} "
                f"{', '.join(model.languages)}, {model.size // 10**6} MB, {model.licence}"
            )


@app.command("settings")
def show_settings() -> None:
    """Print the documentation of every setting, as Markdown (the source of docs/settings.md)."""
    from backend.settings import as_markdown

    sys.stdout.write(as_markdown())


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end."""
    return asyncio.run(work)
