# shellcheck shell=bash disable=SC2154
# Unpacks the three servers side by side from Debian's archive; see ftp-server, which reads this file.
#
# The packages conflict with one another, and each would start a system service, so none of them is installed: their
# files are unpacked into $servers_dir, and only the libraries they depend on are installed.

readonly server_packages=(vsftpd proftpd-core proftpd-mod-crypto pure-ftpd pure-ftpd-common libpam-pwdfile)

# Prints what the .deb files given need of the system: their libraries, not the machinery of a service.
needed_packages() {
  local deb
  for deb in "$@"; do dpkg-deb --field "$deb" Depends; done |
    tr ',' '\n' | sed 's/[|(].*//; s/[[:space:]]//g' | grep -E '^(lib|netbase|zlib)' | sort -u
}

# Lists the shared libraries the unpacked servers ask for and the system lacks.
missing_libraries() {
  ldd "$servers_dir"/usr/sbin/{vsftpd,proftpd,pure-ftpd} "$servers_dir"/usr/bin/pure-pw \
    "$servers_dir"/usr/lib/proftpd/mod_{tls,digest,site_misc,copy}.so 2>&1 |
    sed -n 's/^[[:space:]]*\(.*\) => not found.*/\1/p'
}

install_servers() {
  local downloads lock needed missing stamp=$servers_dir/.installed
  if [[ -e $stamp ]]; then return; fi
  ((EUID == 0)) || fail "install needs root: it installs the libraries the servers depend on"
  command -v apt-get >/dev/null || fail "install needs apt-get: the servers come from Debian's archive"
  mkdir -p "$servers_dir"
  exec {lock}>"$servers_dir/.lock"
  flock "$lock"
  if [[ -e $stamp ]]; then return; fi  # somebody else did it while this one waited

  export DEBIAN_FRONTEND=noninteractive
  downloads=$(mktemp -d)
  # shellcheck disable=SC2064 # the folder's name as it is now
  trap "rm -rf '$downloads'" EXIT
  chmod 755 "$downloads"
  download() { (cd "$downloads" && apt-get --quiet=2 -o APT::Sandbox::User=root download "${server_packages[@]}"); }
  if ! download 2>/dev/null; then
    apt-get --quiet=2 update || true
    download || fail "cannot download ${server_packages[*]}: is there a network, and is this Debian?"
  fi
  mapfile -t needed < <(needed_packages "$downloads"/*.deb)
  apt-get --quiet=2 install --yes --no-upgrade --no-install-recommends openssl libpam-modules "${needed[@]}" \
    >"$downloads/apt.log" 2>&1 || { cat "$downloads/apt.log" >&2; fail "cannot install the servers' libraries"; }
  for deb in "$downloads"/*.deb; do dpkg-deb --extract "$deb" "$servers_dir"; done
  missing=$(missing_libraries)
  [[ -z $missing ]] || fail "libraries still missing: $missing"
  touch "$stamp"
  echo "the servers are in $servers_dir"
}
