# shellcheck shell=bash disable=SC2034,SC2154
# ProFTPD's configuration; see ftp-server, which reads this file and owns the variables used here.

prepare_server() {
  local versions= site_chmod=AllowAll tls_required=on
  if [[ $clear_data == yes ]]; then tls_required=ctrl; fi
  if [[ $chmod == no ]]; then site_chmod=DenyAll; fi
  case $tls in
    1.2) versions=TLSv1.2 ;;
    1.3) versions=TLSv1.3 ;;
    both) versions="TLSv1.2 TLSv1.3" ;;
  esac

  (umask 077 && echo "$user:$password_hash:$session_uid:$session_gid::$dir/home:/bin/sh" >"$dir/passwd")
  {
    cat <<END
ModulePath "$servers_dir/usr/lib/proftpd"
LoadModule mod_tls.c
LoadModule mod_tls_shmcache.c
LoadModule mod_site_misc.c
LoadModule mod_digest.c
LoadModule mod_copy.c

ServerType standalone
ServerName "ftpsfs test"
UseIPv6 on
DefaultAddress $listen
SocketBindTight on
Port $control_port
PassivePorts $passive_first $passive_last
UseReverseDNS off
DefaultServer on
User "$session_user"
Group "$session_group"
MaxInstances 200
MaxClients $max_sessions
PidFile "$dir/proftpd.pid"
ScoreboardFile "$dir/proftpd.scoreboard"
ControlsEngine off
DelayEngine off
WtmpLog off
TransferLog "$dir/transfers"
SystemLog "$dir/log"

AuthOrder mod_auth_file.c
AuthUserFile "$dir/passwd"
AuthPAM off
RequireValidShell off

Umask 022 022
AllowOverwrite on
AllowStoreRestart on
AllowRetrieveRestart on
ListOptions "-a"
UseEncoding off
<Limit ALL>
  AllowAll
</Limit>
<Limit SITE_CHMOD>
  $site_chmod
</Limit>

TLSEngine on
TLSRequired $tls_required
TLSProtocol $versions
TLSECCertificateFile "$dir/certificate.pem"
TLSECCertificateKeyFile "$dir/key.pem"
TLSLog "$dir/log"
END
    if [[ -n $session_cache ]]; then
      printf '%s\n' "TLSSessionTickets off" "TLSSessionCache shm:/file=$dir/sessions $session_cache"
    fi
    if [[ -n $client_ca ]]; then printf '%s\n' "TLSVerifyClient on" "TLSCACertificateFile \"$client_ca\""; fi
    if ((EUID == 0)); then echo "DefaultRoot ~"; fi  # else the login directory is the full path
    if [[ $passive == no ]]; then printf '%s\n' "<Limit EPSV PASV>" DenyAll "</Limit>"; fi
    if [[ $deflate == yes ]]; then printf '%s\n' "LoadModule mod_deflate.c" "DeflateEngine on"; fi
    if [[ $implicit == yes ]]; then echo "TLSOptions UseImplicitSSL"; fi
    if [[ -n $idle ]]; then printf '%s\n' "TimeoutIdle $idle" "TimeoutNoTransfer 0"; fi
  } >"$dir/proftpd.conf"
  server_command=("$servers_dir/usr/sbin/proftpd" --nodaemon --config "$dir/proftpd.conf")
}
