#!/bin/sh
# authorized-keys.sh FILE CALL: takes keys out of a file of authorized keys, by fingerprint, and puts them
# back. A program for a connector of the kind `command`; see README.md beside it.
set -eu
PATH=/usr/bin:/bin
file=$1 call=$2
out='# taken out by interlock: '

# One at a time, or one of two would write over what the other wrote.
exec 9>"$file.lock"
flock 9

asked=$(cat)
id=$(printf %s "$asked" | sed -n 's/.*"credential":{"kind":"[^"]*","id":"\([^"]*\)"}.*/\1/p')
to=$(printf %s "$asked" | sed -n 's/.*"to":{"key":"\([^"]*\)"}.*/\1/p')

# Copies the file to standard output with the key in the wanted state; says in `$file.seen` how it was.
copy() {
    while IFS= read -r line; do
        case $line in
            "$out"*) key=${line#"$out"} was='taken out' ;;
            '#'* | '') printf '%s\n' "$line"; continue ;;
            *) key=$line was=listed ;;
        esac
        if [ "$(printf '%s\n' "$key" | ssh-keygen -lf - | cut -d' ' -f2)" = "$id" ]; then
            echo "$was" >"$file.seen"
            case ${1:-$was} in
                listed) printf '%s\n' "$key" ;;
                *) printf '%s\n' "$out$key" ;;
            esac
        else
            printf '%s\n' "$line"
        fi
    done <"$file"
}

rm -f "$file.seen"
case $call in
    write | undo)
        # A file that is replaced is whole at every moment.
        copy "$to" >"$file.new"
        [ -s "$file.seen" ] || exit 67
        chmod 600 "$file.new"
        mv "$file.new" "$file"
        ;;
    *)
        copy >/dev/null
        [ -s "$file.seen" ] || exit 67
        seen=$(cat "$file.seen")
        case $call in
            read) echo "{\"state\":{\"key\":\"$seen\"},\"wanted\":{\"key\":\"taken out\"}}" ;;
            verify)
                [ "$seen" = "$to" ] && holds=true || holds=false
                echo "{\"holds\":$holds,\"state\":{\"key\":\"$seen\"}}"
                ;;
            probe)
                # The house's own copy of the key, against the door itself.
                if ssh -F /dev/null -i "$PROBE_KEY" -p "$PROBE_PORT" -o BatchMode=yes -o IdentitiesOnly=yes \
                    -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
                    "$PROBE_USER@127.0.0.1" true 2>"$file.said"; then
                    echo '{"access":"accepted"}'
                elif grep -q 'Permission denied' "$file.said"; then
                    echo '{"access":"refused","how":"signed in with the key, and was refused"}'
                else
                    echo '{"access":"unknown"}'
                fi
                ;;
        esac
        ;;
esac
