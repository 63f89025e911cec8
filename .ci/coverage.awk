# Reads the output of gcov --stdout for all objects of src; prints the lines that never run, by file, and the total.
# A line that several objects have, as those of templates, runs if it does in any of them.  A range ends at a line that
# runs: it may contain lines without code.
$2 + 0 == 0 && $3 == "Source" { file = $4 }

$2 + 0 > 0 && $1 ~ /[0-9#=]/ {
    number = $2 + 0
    line[file, number] = 1
    if ($1 !~ /[#=]/)
        ran[file, number] = 1
    if (last[file] < number)
        last[file] = number
}

function range(from, to) { return from == to ? " " from : " " from "-" to }

END {
    for (file in last) {
        never = ""
        lines = missed = from = 0
        for (number = 1; number <= last[file]; number++) {
            if (!((file, number) in line))
                continue
            lines++
            if (!((file, number) in ran)) {
                missed++
                from = from ? from : number
                to = number
            } else if (from) {
                never = never range(from, to)
                from = 0
            }
        }
        if (from)
            never = never range(from, to)
        all_lines += lines
        all_missed += missed
        if (missed)
            printf "%s: %d of %d lines never run:%s\n", file, missed, lines, never | "sort"
    }
    close("sort")
    if (!all_lines) {
        print "gcov found no lines"
        exit 1
    }
    printf "%d of %d lines of src run, %.2f %%\n", all_lines - all_missed, all_lines,
        100 * (all_lines - all_missed) / all_lines
}
