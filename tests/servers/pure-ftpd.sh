# shellcheck shell=bash disable=SC2034,SC2154
# Pure-FTPd's configuration, all of it on the command line; see ftp-server, which reads this file.

prepare_server() {
  ((EUID == 0)) || fail "pure-ftpd needs root"
  [[ $deflate == no ]] || fail "pure-ftpd has no MODE Z"
  [[ $passive == yes ]] || fail "pure-ftpd is always passive, too"
  [[ $implicit == no ]] || fail "pure-ftpd has no implicit TLS"
  if [[ -n $idle ]] && ((idle % 60 != 0)); then fail "pure-ftpd counts idle time in whole minutes: idle=$idle"; fi

  (umask 077 && echo "$user:$password_hash:$session_uid:$session_gid::$dir/home/./::::::::::::" >"$dir/passwd")
  "$servers_dir/usr/bin/pure-pw" mkdb "$dir/users.pdb" -f "$dir/passwd"

  server_command=(
    "$servers_dir/usr/sbin/pure-ftpd"
    -f none                                # no syslog
    -S "$listen,$control_port"
    -p "$passive_first:$passive_last"
    -c "$max_sessions"
    -g "$dir/pure-ftpd.pid"
    -l "puredb:$dir/users.pdb"
    -A                                     # confined to the login directory
    -E                                     # no anonymous sessions
    -H                                     # no DNS
    -u 1                                   # any account but root
    -D                                     # dotfiles shown
    -L 200000:100                          # no short listings
    -U 133:022                             # umask of files and of directories
    -Y "$([[ $clear_data == yes ]] && echo 2 || echo 3)"  # TLS for login and data, or for login alone
    -2 "$dir/certificate.pem,$dir/key.pem"
    -O "clf:$dir/log"
  )
  if [[ $listen == *:* ]]; then server_command+=(-6); else server_command+=(-4); fi
  if [[ $chmod == no ]]; then server_command+=(-R); fi
  if [[ -n $idle ]]; then server_command+=(-I $((idle / 60))); fi
}
