"""What the rules say of a session with Josev.

    verdict.py VERB FILE

FILE is what `plugfest judge --json` said. Ends with 0 when rules hold and none is broken but those in known.txt, which are the
peer's own ways; they count only at the end that Josev is (VERB: car, station or self).
"""

import json
import pathlib
import sys

JOSEV_IS = {"car": ["Station"], "station": ["Car"], "self": ["Car", "Station"]}


def known():
    rules = set()
    for line in (pathlib.Path(__file__).parent / "known.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            end, rule = line.split()[:2]
            rules.add((end, rule))
    return rules


def main(verb, path):
    with open(path, encoding="utf-8") as file:
        verdicts = [json.loads(line) for line in file]
    forgiven = {(end, rule) for end, rule in known() if end in JOSEV_IS[verb]}
    held, broken, seen = 0, [], []
    for verdict in verdicts:
        rule, outcome = verdict["rule"], verdict["outcome"]
        kind = outcome if isinstance(outcome, str) else next(iter(outcome))
        if kind == "NotApplicable":
            continue
        if kind != "Fail":
            held += 1
        elif (rule["blames"], rule["id"]) in forgiven:
            seen.append(rule["id"])
        else:
            findings = outcome["Fail"]["findings"]
            broken.append(f"{rule['id']} (by {rule['blames']}): {findings[0]['what'] if findings else rule['title']}")
    words = [f"{held} rules hold"]
    if seen:
        words.append("known of Josev: " + " ".join(seen))
    if broken:
        words.append("broken: " + "; ".join(broken))
    print(", ".join(words))
    sys.exit(not held or bool(broken))


if __name__ == "__main__":
    main(*sys.argv[1:])
