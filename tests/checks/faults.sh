# For the scripts *_faults.sh: `accepts COMMAND...` and `rejects WORDS COMMAND...`, the second demanding that the
# command fails and that its output has these words, so that it fails for the right reason; `verdict` ends the script.
wrong=0

accepts()
{
    if output=$("$@" 2>&1); then
        echo "accepted, as it should be: $output"
    else
        echo "WRONGLY REJECTED: $output"
        wrong=1
    fi
}

rejects()
{
    words=$1
    shift
    if output=$("$@" 2>&1); then
        echo "FAULT NOT FOUND: expected \"$words\", but it said: $output"
        wrong=1
    elif ! echo "$output" | grep -qF -- "$words"; then
        echo "REJECTED FOR ANOTHER REASON: expected \"$words\", but it said: $output"
        wrong=1
    else
        echo "fault found: $words"
    fi
}

verdict()
{
    exit $wrong
}
