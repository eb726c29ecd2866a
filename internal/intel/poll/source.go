package poll

import (
	"context"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Source is a feed with what people need to know of it.
type Source struct {
	Feed  intel.Feed
	Title string // as people know it: "NVD"
	Site  string // where people read about it
	// Notice is what its terms ask to be shown.
	Notice string
	// Test makes one small call with a key. Its error is in words; of kind Unavailable or RateLimited it says that the
	// service could not be asked. Nil where the service knows no keys.
	Test func(ctx context.Context, key string) error
	// NeedsKey: without a key it is not polled.
	NeedsKey bool
	// WithoutKey says what goes without a key, where that matters.
	WithoutKey string
	// Reports: it brings threat reports.
	Reports bool
	// Quiet is how long the service is usually silent at most: nothing new for longer is unusual. Zero: any time.
	Quiet time.Duration
}

// TakesKey says whether the service knows API keys.
func (s Source) TakesKey() bool { return s.Test != nil }

// Sources are the feeds of this installation, in the order that people see them.
type Sources []Source

// Names lists the feeds.
func (s Sources) Names() []string {
	names := make([]string, len(s))
	for i, one := range s {
		names[i] = one.Feed.Name()
	}
	return names
}

// Find gives a feed; NotFound, with the names that there are, when it is none of these.
func (s Sources) Find(feed string) (Source, error) {
	for _, one := range s {
		if one.Feed.Name() == feed {
			return one, nil
		}
	}
	return Source{}, problem.New(problem.NotFound, "there is no feed %q; the feeds are %v", feed, s.Names())
}
