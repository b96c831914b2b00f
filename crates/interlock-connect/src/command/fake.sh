#!/bin/sh
# A system of one account, in files: behaves, and misbehaves where a file asks for it.
folder=$1 verb=$2 call=$3
read -r asked
echo "reached with $TOKEN" >&2
case $call in write | undo) echo "$verb.$call" >>"$folder/writes" ;; esac

trouble='' rest=''
if [ -s "$folder/trouble.$verb.$call" ]; then
    while read -r line; do
        if [ -z "$trouble" ]; then trouble=$line; else rest="$rest$line
"; fi
    done <"$folder/trouble.$verb.$call"
    printf %s "$rest" >"$folder/trouble.$verb.$call"
fi
case $trouble in
    throttle) exit 75 ;;
    denied) exit 77 ;;
    silence_before) exit 1 ;;
    lie) exit 0 ;;
esac

read -r access <"$folder/access.$verb"
to=${asked##*\"to\":\{\"access\":\"}
to=${to%%\"*}
case $call in
    write | undo)
        read -r lag <"$folder/lag"
        echo "$lag $access" >"$folder/stale.$verb"
        echo "$to" >"$folder/access.$verb"
        [ -z "$trouble" ] || kill -KILL $$
        exit 0
        ;;
esac
if [ -s "$folder/stale.$verb" ]; then
    read -r left stale <"$folder/stale.$verb"
    if [ "$left" -gt 0 ]; then
        echo "$((left - 1)) $stale" >"$folder/stale.$verb"
        access=$stale
    fi
fi
case $call in
    read) echo "{\"state\":{\"access\":\"$access\"},\"wanted\":{\"access\":\"out\"}}" ;;
    verify)
        holds=false
        [ "$access" = "$to" ] && holds=true
        echo "{\"holds\":$holds,\"state\":{\"access\":\"$access\"}}"
        ;;
    probe)
        answer=accepted
        [ "$access" = out ] && answer=refused
        echo "{\"access\":\"$answer\",\"how\":\"signed in as svc\"}"
        ;;
esac
