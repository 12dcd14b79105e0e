# shellcheck shell=bash disable=SC2034,SC2154
# vsftpd's configuration; see ftp-server, which reads this file and owns the variables used here.

prepare_server() {
  local service pam_file modules=("$servers_dir"/{,usr/}lib/*/security/pam_pwdfile.so)
  ((EUID == 0)) || fail "vsftpd needs root"
  [[ $deflate == no ]] || fail "vsftpd has no MODE Z"

  # The only account is this one: a PAM service of our own. (pam_exec would not do: vsftpd's handler of SIGCHLD takes
  # the exit status that pam_exec waits for, and the login hangs.)
  (umask 077 && echo "$user:$password_hash" >"$dir/passwd")
  service=ftpsfs-test-$control_port-$$
  pam_file=/etc/pam.d/$service
  note pam_file "$pam_file"
  cat >"$pam_file" <<END
auth required [$(ls "${modules[@]}" 2>/dev/null)] [pwdfile=$dir/passwd] nodelay
account required pam_permit.so
END

  mkdir -p "$dir/empty"
  {
    cat <<END
background=NO
pasv_enable=${passive^^}
pasv_min_port=$passive_first
pasv_max_port=$passive_last
listen_port=$control_port
connect_from_port_20=NO
tcp_wrappers=NO
max_clients=$max_sessions
max_per_ip=0

anonymous_enable=NO
local_enable=YES
guest_enable=YES
guest_username=$session_user
nopriv_user=$session_user
virtual_use_local_privs=YES
pam_service_name=$service
local_root=$dir/home
chroot_local_user=YES
allow_writeable_chroot=YES
secure_chroot_dir=$dir/empty
delay_failed_login=0
delay_successful_login=0

write_enable=YES
chmod_enable=${chmod^^}
mdtm_write=YES
force_dot_files=YES
local_umask=022
file_open_mode=0666
utf8_filesystem=YES

ssl_enable=YES
force_local_logins_ssl=YES
force_local_data_ssl=$([[ $clear_data == yes ]] && echo NO || echo YES)
require_ssl_reuse=YES
ssl_tlsv1=YES
ssl_sslv2=NO
ssl_sslv3=NO
ssl_ciphers=HIGH
rsa_cert_file=$dir/certificate.pem
rsa_private_key_file=$dir/key.pem
implicit_ssl=${implicit^^}

xferlog_enable=YES
log_ftp_protocol=YES
vsftpd_log_file=$dir/log

seccomp_sandbox=NO
isolate=NO
isolate_network=NO
END
    if [[ $listen == *:* ]]; then
      printf '%s\n' listen=NO listen_ipv6=YES "listen_address6=$listen"
    else
      printf '%s\n' listen=YES listen_ipv6=NO "listen_address=$listen"
    fi
    if [[ -n $client_ca ]]; then
      printf '%s\n' ssl_request_cert=YES require_cert=YES validate_cert=YES "ca_certs_file=$client_ca"
    fi
    if [[ -n $idle ]]; then echo "idle_session_timeout=$idle"; fi
  } >"$dir/vsftpd.conf"
  server_command=("$servers_dir/usr/sbin/vsftpd" "$dir/vsftpd.conf")
}
