package embeddedpg

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"
)

// lockFile is a file that this process may lock (flock): the kernel lets go when the process dies.
type lockFile struct{ file *os.File }

func openLock(path string) (*lockFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w (made by another user? remove the folder, or run as that user)", err)
	}
	return &lockFile{file: f}, nil
}

// lock waits until this process alone holds the file.
func lock(ctx context.Context, path string) (*lockFile, error) {
	l, err := openLock(path)
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for syscall.Flock(l.fd(), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		select {
		case <-ctx.Done():
			l.release()
			return nil, fmt.Errorf("another process holds %s: %w", path, ctx.Err())
		case <-tick.C:
		}
	}
	return l, nil
}

// share adds this process to the holders.
func (l *lockFile) share() error { return syscall.Flock(l.fd(), syscall.LOCK_SH) }

func (l *lockFile) unshare() { _ = syscall.Flock(l.fd(), syscall.LOCK_UN) }

// heldByOthers reports whether any other process shares the file. This one must not at the time.
func (l *lockFile) heldByOthers() bool {
	if syscall.Flock(l.fd(), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return true
	}
	l.unshare()
	return false
}

func (l *lockFile) release() { _ = l.file.Close() }

func (l *lockFile) fd() int { return int(l.file.Fd()) }
