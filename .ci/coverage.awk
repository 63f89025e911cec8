# Reads the output of gcov --stdout for all objects of src; prints the lines that never run, by file, and the total.
# A line that several objects have, as those of templates, runs if it does in any of them.
$2 + 0 == 0 && $3 == "Source" { file = $4 }

$2 + 0 > 0 && $1 ~ /[0-9#=]/ {
    number = $2 + 0
    line[file, number] = 1
    if ($1 !~ /[#=]/)
        ran[file, number] = 1
    if (last[file] < number)
        last[file] = number
}

END {
    for (file in last) {
        never = ""
        lines = missed = 0
        for (number = 1; number <= last[file]; number++) {
            if (!((file, number) in line))
                continue
            lines++
            if (!((file, number) in ran)) {
                missed++
                never = never " " number
            }
        }
        all_lines += lines
        all_missed += missed
        if (missed)
            printf "%s: %d of %d lines never run:%s\n", file, missed, lines, never | "sort"
    }
    close("sort")
    if (!all_lines)
        exit 1
    printf "%d of %d lines of src run, %.2f %%\n", all_lines - all_missed, all_lines,
        100 * (all_lines - all_missed) / all_lines
}
