package sbom

import (
	"context"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// A document takes several times its size of memory until it is stored, so the bytes of large documents that a process
// reads at once are bounded: two of the largest would not fit into a small task. Small ones never wait.
const (
	readingAtOnce = defaultMaxBytes
	roomStep      = 4 << 20
	roomWait      = 10 * time.Second
)

// reservation is one document's part of what may be read at once. It grows in steps while the document is read, since
// nobody knows the size of a compressed body before; the first step is free.
type reservation struct {
	of   *semaphore.Weighted
	size int64 // of the whole semaphore: a document that may be larger still fits alone
	held int64
}

// cover makes sure of room for so many bytes. It waits a while for others to end; kind Unavailable when they do not.
func (r *reservation) cover(ctx context.Context, bytes int64) error {
	for bytes > r.held+roomStep && r.held+roomStep <= r.size {
		waiting, cancel := context.WithTimeout(ctx, roomWait)
		err := r.of.Acquire(waiting, roomStep)
		cancel()
		switch {
		case err == nil:
			r.held += roomStep
		case ctx.Err() != nil:
			return ctx.Err()
		default:
			return problem.Wrap(problem.Unavailable, err, "The server is reading other large documents. Try again in a moment.")
		}
	}
	return nil
}

func (r *reservation) release() {
	r.of.Release(r.held)
	r.held = 0
}
