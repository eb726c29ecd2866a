// Package process runs the programs of a local session so that none outlives it.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/term"
)

const (
	// parentPoll is how often the parent process is looked at.
	parentPoll = 500 * time.Millisecond
	// grace is how long a child may take to end before it is killed.
	grace = 20 * time.Second
)

// asked is the signal that ended the context; zero when it was the parent's death.
var asked atomic.Int32

// UntilEnded is a context that a signal ends, or the parent's death: `go run` does not pass SIGTERM on, and whoever is
// killed passes nothing on.
func UntilEnded() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	parent := os.Getppid()
	tick := time.NewTicker(parentPoll)
	go func() {
		defer tick.Stop()
		defer cancel()
		for {
			select {
			case <-ctx.Done():
				return
			case s := <-signals:
				if number, ok := s.(syscall.Signal); ok {
					asked.Store(int32(number))
				}
				return
			case <-tick.C:
				if os.Getppid() != parent {
					return
				}
			}
		}
	}()
	return ctx, cancel
}

// Child is a process that ends with this one.
type Child struct {
	cmd  *exec.Cmd
	done chan error
}

// Start starts a command with this process's terminal, in a folder (empty: the present one).
func Start(env []string, dir string, command ...string) (*Child, error) {
	c := &Child{cmd: exec.Command(command[0], command[1:]...), done: make(chan error, 1)}
	c.cmd.Env, c.cmd.Dir = env, dir
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.cmd.SysProcAttr = endWithParent()
	started := make(chan error, 1)
	go func() {
		// Linux ties the child's end to the thread that made it, so this one must live as long as the child.
		runtime.LockOSThread()
		err := c.cmd.Start()
		started <- err
		if err == nil {
			c.done <- c.cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", command[0], err)
	}
	return c, nil
}

// Wait returns the child's exit code, as a shell would give it. When the context ends first, the child is told to end.
func (c *Child) Wait(ctx context.Context) (int, error) {
	select {
	case err := <-c.done:
		return exitCode(err)
	case <-ctx.Done():
	}
	c.tell()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case err := <-c.done:
		return exitCode(err)
	case <-timer.C:
		_ = c.cmd.Process.Kill()
		return exitCode(<-c.done)
	}
}

// tell passes the signal on. A terminal has sent its Ctrl-C to the child as well: twice would look like impatience.
func (c *Child) tell() {
	s := syscall.Signal(asked.Load())
	if s == syscall.SIGINT && term.IsTerminal(int(os.Stdin.Fd())) {
		return
	}
	if s == 0 {
		s = syscall.SIGTERM
	}
	_ = c.cmd.Process.Signal(s)
}

func exitCode(err error) (int, error) {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		if err != nil {
			return 1, err
		}
		return 0, nil
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return exit.ExitCode(), nil
}
