#!/bin/sh
# krl.sh FOLDER CALL: revokes certificates of an SSH authority, by serial or key id, and takes that back.
# A program for a connector of the kind `command`; see README.md beside it.
#
# FOLDER holds `ca.pub`, the authority; `revoked`, what is revoked, one line each as ssh-keygen reads it
# (`serial: 1001`, `id: svc`), others' lines among them; and `krl`, made from it, which sshd reads.
set -eu
PATH=/usr/bin:/bin
folder=$1 call=$2
spec=$folder/revoked krl=$folder/krl

# One at a time, or one of two would write over what the other wrote.
exec 9>"$folder/lock"
flock 9

asked=$(cat)
id=$(printf %s "$asked" | sed -n 's/.*"credential":{"kind":"certificate","id":"\([^"]*\)"}.*/\1/p')
to=$(printf %s "$asked" | sed -n 's/.*"to":{"certificate":"\([^"]*\)"}.*/\1/p')
case $id in
    '' | *[!A-Za-z0-9._@-]*) echo 'no serial and no key id' >&2; exit 65 ;;
    *[!0-9]*) line="id: $id" ;;
    *) line="serial: $id" ;;
esac

# What sshd reads, not what was written down for it.
seen() {
    if ssh-keygen -Q -l -f "$krl" | grep -qxF "$line"; then echo revoked; else echo valid; fi
}

case $call in
    read) echo "{\"state\":{\"certificate\":\"$(seen)\"},\"wanted\":{\"certificate\":\"revoked\"}}" ;;
    write | undo)
        touch "$spec"
        grep -vxF "$line" "$spec" >"$spec.new" || true
        [ "$to" = valid ] || echo "$line" >>"$spec.new"
        # A list cannot be shortened, so it is made anew; what is moved into place is whole at every moment.
        ssh-keygen -q -k -f "$krl.new" -s "$folder/ca.pub" -z "$(date +%s)" "$spec.new"
        chmod 644 "$krl.new"
        mv "$spec.new" "$spec"
        mv "$krl.new" "$krl"
        ;;
    verify)
        seen=$(seen)
        [ "$seen" = "$to" ] && holds=true || holds=false
        echo "{\"holds\":$holds,\"state\":{\"certificate\":\"$seen\"}}"
        ;;
    *) exit 69 ;;
esac
