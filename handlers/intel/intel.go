// Package intel serves the state of what the feeds say.
package intel

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/intel"
)

// Overview counts what is held and says when each feed ran last.
type Overview struct {
	Advisories      int64            `json:"advisories"`
	Vulnerabilities int64            `json:"vulnerabilities"`
	KEV             int64            `json:"kev"`
	EPSS            int64            `json:"epss"`
	Feeds           []Feed           `json:"feeds"`
	ByEcosystem     []EcosystemIntel `json:"by_ecosystem" doc:"Most first."`
}

// Feed is one feed's state.
type Feed struct {
	Feed    string   `json:"feed" example:"osv"`
	LastRun *FeedRun `json:"last_run,omitempty"`
}

// FeedRun is one poll or import.
type FeedRun struct {
	StartedAt  time.Time  `json:"started_at"`
	FinishedAt *time.Time `json:"finished_at,omitempty" doc:"Absent while it runs, or when it was cut off."`
	Seen       int64      `json:"seen"`
	Added      int64      `json:"added"`
	Changed    int64      `json:"changed"`
	Withdrawn  int64      `json:"withdrawn"`
	Refused    int64      `json:"refused" doc:"Records that could not be read."`
	Error      string     `json:"error" doc:"Why the run ended early; empty when it did not."`
}

// EcosystemIntel counts advisories of one ecosystem.
type EcosystemIntel struct {
	Ecosystem  string `json:"ecosystem"`
	Advisories int64  `json:"advisories"`
}

// Handler serves the state of intel.
type Handler struct{ store *intel.Store }

// Register adds the operation.
func Register(api huma.API, store *intel.Store) {
	h := &Handler{store}
	huma.Register(api, huma.Operation{
		OperationID: "get-intel", Method: http.MethodGet, Path: "/intel", Tags: []string{"Intel"}, Errors: wire.Errors(),
		Summary: "Say what intel is held", Description: "Counts, and the last run of each feed.",
	}, h.get)
	h.registerNews(api)
}

type out struct{ Body Overview }

func (h *Handler) get(ctx context.Context, _ *struct{}) (*out, error) {
	o, err := h.store.Overview(ctx)
	if err != nil {
		return nil, err
	}
	return &out{Overview{
		Advisories: o.Advisories, Vulnerabilities: o.Vulnerabilities, KEV: o.KEV, EPSS: o.EPSS,
		Feeds: wire.Slice(o.Feeds, func(f intel.FeedState) Feed {
			return Feed{Feed: f.Feed, LastRun: &FeedRun{
				StartedAt: f.StartedAt, FinishedAt: f.FinishedAt, Seen: f.Seen, Added: f.Added, Changed: f.Changed,
				Withdrawn: f.Withdrawn, Refused: f.Refused, Error: f.Error,
			}}
		}),
		ByEcosystem: wire.Slice(o.ByEcosystem, func(e intel.EcosystemCount) EcosystemIntel { return EcosystemIntel(e) }),
	}}, nil
}
