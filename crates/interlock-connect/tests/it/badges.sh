#!/bin/sh
# badges.sh FILE CALL: locks a badge in the file of the door, and opens it again.
set -eu
PATH=/usr/bin:/bin
file=$1 call=$2
asked=$(cat)
name=$(printf %s "$asked" | sed -n 's/.*"principal":"\([a-z]*\)".*/\1/p')
to=$(printf %s "$asked" | sed -n 's/.*"to":{"badge":"\([a-z]*\)"}.*/\1/p')
seen=$(awk -v name="$name" '$1 == name { print $3 }' "$file")
[ -n "$seen" ] || exit 67
case $call in
    read) echo "{\"state\":{\"badge\":\"$seen\"},\"wanted\":{\"badge\":\"locked\"},\"summary\":\"lock the badge of $name\"}" ;;
    write | undo)
        awk -v name="$name" -v to="$to" '$1 == name { $3 = to } { print }' "$file" >"$file.new"
        mv "$file.new" "$file"
        ;;
    verify)
        [ "$seen" = "$to" ] && holds=true || holds=false
        echo "{\"holds\":$holds,\"state\":{\"badge\":\"$seen\"}}"
        ;;
    probe)
        # The house's own credentials of the badge, at the door itself.
        status=$(curl -s -o /dev/null -w '%{http_code}' -H "authorization: Basic $BADGE" "$DOOR" || true)
        case $status in
            401) echo '{"access":"refused","how":"held the badge to the door, and was refused"}' ;;
            200) echo '{"access":"accepted"}' ;;
            *) echo '{"access":"unknown"}' ;;
        esac
        ;;
esac
