// Package intel serves the state of what the feeds say.
package intel

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Overview counts what is held and says when each feed ran last.
type Overview struct {
	Advisories      int              `json:"advisories"`
	Vulnerabilities int              `json:"vulnerabilities"`
	KEV             int              `json:"kev"`
	EPSS            int              `json:"epss"`
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
	Seen       int        `json:"seen"`
	Added      int        `json:"added"`
	Changed    int        `json:"changed"`
	Withdrawn  int        `json:"withdrawn"`
	Refused    int        `json:"refused" doc:"Records that could not be read."`
	Error      string     `json:"error" doc:"Why the run ended early; empty when it did not."`
}

// EcosystemIntel counts advisories of one ecosystem.
type EcosystemIntel struct {
	Ecosystem  string `json:"ecosystem"`
	Advisories int    `json:"advisories"`
}

// Handler serves the state of intel.
type Handler struct{}

// Register adds the operation.
func Register(api huma.API) {
	h := &Handler{}
	huma.Register(api, huma.Operation{
		OperationID: "get-intel", Method: http.MethodGet, Path: "/intel", Tags: []string{"Intel"}, Errors: wire.Errors(),
		Summary: "Say what intel is held", Description: "Counts, and the last run of each feed.",
	}, h.get)
}

type out struct{ Body Overview }

func (h *Handler) get(context.Context, *struct{}) (*out, error) {
	return nil, problem.New(problem.Unavailable, "intel is not served yet")
}
