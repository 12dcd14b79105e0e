"""What mounts are held against: curl and lftp. Both are logged in before their time begins, as a mount is."""
import processes
import servers


def curl_times(server, line, scratch, arguments, figure, limit):
    """Fetches by curl after a first small file; returns `figure` (a variable of curl's --write-out, in seconds) of each
    transfer but that first one. In `arguments` {url} stands for the server's root and {out} for an empty directory; each
    URL needs its -o, as standard output has the figures."""
    settings = scratch / "curlrc"
    settings.touch(mode=0o600)
    settings.write_text(f'user = "{server.user}:{server.password}"\ncacert = "{server.ca}"\nssl-reqd\nsilent\n'
                        f'show-error\nfail\nwrite-out = "%{{{figure}}}\\n"\n')
    url = f"ftp://{server.address}:{server.port}"
    words = [word.format(url=url, out=scratch) for word in arguments]
    argv = ["curl", "-K", settings, f"{url}/{servers.WARM}", "-o", "/dev/null", *words]
    times = processes.run(line.at_client(argv), limit).output.split()
    return [float(seconds) for seconds in times[1:]]


def lftp_seconds(server, line, scratch, command, limit):
    """Runs one command in lftp, in which {out} stands for an empty directory; returns the seconds it took."""
    script, marks = scratch / "lftp", scratch / "marks"
    script.touch(mode=0o600)
    script.write_text("\n".join([
        f"set ssl:ca-file {server.ca}",
        "set ftp:ssl-force true",
        "set ftp:ssl-protect-data true",
        # Pure-FTPd often has no answer to a transfer that pget ends early, and lftp would wait five minutes for it
        "set ftp:use-abor false",
        "set net:timeout 15",
        "set net:max-retries 2",
        "set cmd:fail-exit true",
        f"open -u {server.user},{server.password} -p {server.port} {server.address}",
        f"cat {servers.WARM} > /dev/null",
        f"!date +%s.%N >>{marks}",
        command.format(out=scratch),
        f"!date +%s.%N >>{marks}",
    ]) + "\n")
    processes.run(line.at_client(["lftp", "--norc", "-f", script]), limit)
    began, *ended = map(float, marks.read_text().split())
    if not ended:
        raise processes.Failure("lftp did not get to the end")
    return ended[0] - began
