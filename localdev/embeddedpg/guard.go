package embeddedpg

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// guardScript starts the server and stops it when nobody holds the pipe's writing end any more. Arguments: the pipe,
// the folder to remove afterwards or an empty word, then the server's command line.
const guardScript = `
pipe=$1 remove=$2
shift 2
exec 3<"$pipe"
"$@" 3<&- &
server=$!
( cat <&3 >/dev/null 2>&1; kill -INT $server 2>/dev/null ) &
watch=$!
wait $server
status=$?
exec 3<&-
kill $watch 2>/dev/null
if [ -n "$remove" ]; then rm -rf "$remove"; fi
exit $status
`

// startGuard runs the guard in a session of its own, so that a terminal's Ctrl-C reaches the command that uses the
// database and not the database. The channel closes when the guard has ended.
func (p place) startGuard(bin string, o Options) (<-chan struct{}, error) {
	if err := p.makePipe(); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(p.log(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	remove := ""
	if o.Throwaway {
		remove = p.data()
	}
	args := append([]string{"-c", guardScript, "guard", p.pipeFile(), remove}, p.serverCommand(bin, o)...)
	cmd := p.command("/bin/sh", args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = cmd.Wait()
	}()
	return exited, nil
}

func (p place) serverCommand(bin string, o Options) []string {
	settings := []string{
		"listen_addresses=", "unix_socket_permissions=0700", "unix_socket_directories=" + p.socketDir,
		"max_connections=200", "shared_buffers=256MB", "max_wal_size=2GB", "timezone=UTC", "log_timezone=UTC",
		"log_min_messages=warning", "log_min_error_statement=panic",
	}
	if o.Unsafe {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum_naptime=5min")
	}
	command := []string{filepath.Join(bin, "postgres"), "-D", p.data()}
	for _, s := range settings {
		command = append(command, "-c", s)
	}
	return command
}

// command prepares a process of the server's user, with an environment that PG* variables of the caller cannot bend.
func (p place) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = p.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "TZ=UTC", "LC_ALL=" + ctype()}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: p.as}
	return cmd
}

// ctype is a UTF-8 character type that every machine of the platform has.
func ctype() string {
	if runtime.GOOS == "darwin" {
		return "en_US.UTF-8"
	}
	return "C.UTF-8"
}

func (p place) makePipe() error {
	if err := os.Remove(p.pipeFile()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := syscall.Mkfifo(p.pipeFile(), 0o600); err != nil {
		return fmt.Errorf("make %s: %w", p.pipeFile(), err)
	}
	if p.as != nil {
		return os.Chown(p.pipeFile(), int(p.as.Uid), int(p.as.Gid))
	}
	return nil
}

// openPipe holds the writing end; an error means that no guard reads.
func (p place) openPipe() (*os.File, error) {
	fd, err := syscall.Open(p.pipeFile(), syscall.O_WRONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), p.pipeFile()), nil
}

// ensureCluster runs initdb unless it ran: beside the final name, which appears only when it is whole.
func (p place) ensureCluster(ctx context.Context, bin string, notice func(string)) error {
	if version, err := os.ReadFile(filepath.Join(p.data(), "PG_VERSION")); err == nil {
		if v := strings.TrimSpace(string(version)); v != Major {
			return fmt.Errorf("%s was made by PostgreSQL %s: remove it or keep using that version", p.data(), v)
		}
		return nil
	}
	notice("making the database cluster in " + p.data())
	fresh := p.data() + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	cmd := p.command(filepath.Join(bin, "initdb"), "--pgdata", fresh, "--username=postgres", "--auth=trust",
		"--encoding=UTF8", "--lc-collate=C", "--lc-ctype="+ctype(), "--lc-messages=C", "--no-sync", "--no-instructions")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, strings.TrimSpace(string(out)))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return os.Rename(fresh, p.data())
}

// awaitGone waits until the server that nobody uses has ended. A killed one is long gone and left its file behind, with
// a process id that may be another's by now: what does not listen for a while is gone as well.
func (p place) awaitGone(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	listened := time.Now()
	for p.alive() {
		if conn, err := net.Dial("unix", filepath.Join(p.socketDir, ".s.PGSQL.5432")); err == nil {
			conn.Close()
			listened = time.Now()
		} else if time.Since(listened) > silence {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server in %s does not end: %w", p.dir, ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}

// silence is longer than a server takes from its last answer to its end.
const silence = 10 * time.Second

func (p place) alive() bool {
	b, err := os.ReadFile(filepath.Join(p.data(), "postmaster.pid"))
	if err != nil {
		return false
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid <= 0 {
		return false
	}
	err = syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
