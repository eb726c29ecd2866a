package osv

import (
	"context"
	"iter"
	"runtime"
	"sync"

	"github.com/threatwerk/threatwerk/internal/intel"
)

// Records yields every record once, in no particular order; of several files with one id the most recently modified
// stands for all. A record that cannot be kept comes with Refused set and ends nothing. The error is the context's.
// Files are read and parsed on every CPU, a few records ahead of the caller.
func (s *Source) Records(ctx context.Context) iter.Seq2[intel.Incoming, error] {
	return func(yield func(intel.Incoming, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		tasks := make(chan task)
		parsed := make(chan []intel.Incoming, 2*runtime.GOMAXPROCS(0))
		var workers sync.WaitGroup
		defer workers.Wait()
		defer cancel()
		workers.Go(func() {
			defer close(tasks)
			for _, t := range s.tasks {
				select {
				case tasks <- t:
				case <-ctx.Done():
					return
				}
			}
		})
		var parsers sync.WaitGroup
		for range runtime.GOMAXPROCS(0) {
			parsers.Go(func() { parse(ctx, tasks, parsed) })
		}
		workers.Go(func() {
			parsers.Wait()
			close(parsed)
		})
		for list := range parsed {
			for _, in := range list {
				if !yield(in, nil) {
					return
				}
			}
		}
		if err := ctx.Err(); err != nil {
			yield(intel.Incoming{}, err)
		}
	}
}

func parse(ctx context.Context, tasks <-chan task, parsed chan<- []intel.Incoming) {
	for t := range tasks {
		select {
		case parsed <- t.parse():
		case <-ctx.Done():
			return
		}
	}
}

func (t task) parse() []intel.Incoming {
	var out []intel.Incoming
	for _, f := range t {
		in := f.parse()
		if i := sameID(out, in); i >= 0 {
			if in.Advisory.Modified.After(out[i].Advisory.Modified) {
				out[i] = in
			}
			continue
		}
		out = append(out, in)
	}
	return out
}

func sameID(list []intel.Incoming, in intel.Incoming) int {
	for i, other := range list {
		if in.Refused == nil && other.Refused == nil && other.Advisory.ID == in.Advisory.ID {
			return i
		}
	}
	return -1
}

func (f file) parse() intel.Incoming {
	data, err := f.read()
	if err != nil {
		return intel.Incoming{Path: f.path, Refused: err}
	}
	advisory, warnings, err := Parse(data)
	return intel.Incoming{Path: f.path, Advisory: advisory, Warnings: warnings, Refused: err}
}
