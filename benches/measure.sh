# Shared by the scripts beside it: timing whole commands in turn, medians, ratios.
# Source it; needs bash 5 and GNU date.

# milliseconds COMMAND...: wall time of one call, its output thrown away.
milliseconds() {
    local begin end
    begin=$(date +%s%N)
    "$@" >/dev/null 2>&1 || { echo "failed: $*" >&2; exit 1; }
    end=$(date +%s%N)
    echo $(((end - begin) / 1000000))
}

# median NUMBER...
median() {
    printf '%s\n' "$@" | sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'
}

# ratio A B
ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'
}

# in_turn ROUNDS A B: two functions, A B A B …; sets a_median, b_median, of_both.
in_turn() {
    local rounds=$1 first=$2 second=$3 a=() b=() ratios=()
    for _ in $(seq "$rounds"); do
        a+=("$(milliseconds "$first")")
        b+=("$(milliseconds "$second")")
        ratios+=("$(ratio "${a[-1]}" "${b[-1]}")")
    done
    a_median=$(median "${a[@]}")
    b_median=$(median "${b[@]}")
    of_both=$(median "${ratios[@]}")
}
