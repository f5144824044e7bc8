# SPDX-License-Identifier: MIT
"""run_flow - plays every story, several at once, and prints one line of TAP for each scene.

    python3 run_flow.py --source SRC --build BUILD [--keep] [PART...]      only stories whose name has one of the parts

FLOW_SUBSET=TAG plays only the stories with that tag; FLOW_JOBS=N so many at once.
"""
import argparse
import concurrent.futures
import glob
import os
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

from flow import HERE, Broken, Tools, Upstream, drop_place, make_place  # noqa: E402
from story import Wrong, parse  # noqa: E402
from verbs import Player, has  # noqa: E402


times = []  # (seconds, case)


def scenes_of(story):
    return story.scenes or [("", [])]


def play_case(story, label, values, tools, spare, keep):
    """[(name, error or None)] of one case; a broken scene gets its successors a fresh beginning."""
    results, player, place, began = [], None, None, time.monotonic()
    base = story.name + (f" [{label}]" if label else "")
    for title, statements in scenes_of(story):
        error = None
        try:
            if not player:
                place = make_place(story.name)
                player = Player(story, tools, spare, place, values)
                player.play(story.begin)
            player.play(statements)
            player.check_scene()
        except (Broken, Wrong) as e:
            error = str(e)
        except Exception:  # a fault of the runner must not end the ring
            error = traceback.format_exc()
        results.append((base + (f": {title}" if title else ""), error))
        if error:
            end(player, place, keep, results)
            player = None
    if player:
        end(player, place, keep, results)
    times.append((time.monotonic() - began, base))
    return results


def end(player, place, keep, results):
    try:
        if player:
            player.close()
    except Exception as e:
        name, before = results[-1]
        results[-1] = (name, before or str(e))
    if keep and results[-1][1]:
        results[-1] = (results[-1][0], results[-1][1] + f"\nkept in {place}")
    elif place:
        drop_place(place)


def missing_tools(story):
    return [n for n in story.needs if not has(n)]


def report(results):
    failed = 0
    for name, error in results:
        if error:
            failed += 1
            print(f"not ok - {name}")
            print("\n".join("# " + line for line in error.split("\n")), flush=True)
        else:
            print(f"ok - {name}", flush=True)
    return failed


def chosen(stories, parts):
    subset = os.environ.get("FLOW_SUBSET")
    for s in stories:
        if subset and subset not in s.tags:
            continue
        if not parts or any(p in s.name for p in parts):
            yield s


def run(stories, tools, jobs, keep):
    place, failed = make_place("spare"), 0
    spare = Upstream(place, "spare", tools)
    try:
        spare.start()
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            waiting = []
            for story in stories:
                if missing_tools(story):
                    print(f"ok - {story.name} # skip no {' '.join(missing_tools(story))}", flush=True)
                    continue
                for label, values in story.cases():
                    waiting.append(pool.submit(play_case, story, label, values, tools, spare, keep))
            for done in concurrent.futures.as_completed(waiting):
                failed += report(done.result())
    finally:
        spare.close()
        drop_place(place)
    return failed


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--source", default=".")
    p.add_argument("--build", default=".")
    p.add_argument("--keep", action="store_true", help="keep the folders of failed stories")
    p.add_argument("--times", action="store_true", help="say which took longest")
    p.add_argument("parts", nargs="*")
    a = p.parse_args()
    tools = Tools(os.path.abspath(a.source), os.path.abspath(a.build))
    files = sorted(glob.glob(os.path.join(HERE, "stories", "**", "*.flow"), recursive=True))
    try:
        stories = list(chosen([parse(f, os.path.join(HERE, "stories")) for f in files], a.parts))
    except Wrong as e:
        print(f"not ok - stories can be read\n# {e}")
        sys.exit(1)
    jobs = int(os.environ.get("FLOW_JOBS") or 2 * (os.cpu_count() or 1))
    failed = run(stories, tools, jobs, a.keep)
    for seconds, case in sorted(times, reverse=True)[:30 if a.times else 0]:
        print(f"# {seconds:6.2f} s  {case}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
