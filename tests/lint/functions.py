"""functions - no function longer than 60 lines; counted from its opening to its closing brace at column 0."""
import sys

bad = 0
for name in sys.argv[1:]:
    if not name.endswith(".c"):
        continue
    start = None
    with open(name, encoding="utf-8") as f:
        lines = f.read().split("\n")
    for i, line in enumerate(lines, 1):
        if line == "{":
            start = i
        elif line == "}" and start:
            if i - start - 1 > 60:
                print(f"{name}:{start}: a function of {i - start - 1} lines (60)")
                bad = 1
            start = None
sys.exit(bad)
