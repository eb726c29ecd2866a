// Package home serves the first page: what changed since a person last looked, how it develops, and what is worst now.
package home

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/finding"
	"github.com/threatwerk/threatwerk/internal/platform/access"
)

// Handler serves the first page.
type Handler struct{ store *finding.Store }

// Register adds the operations.
func Register(api huma.API, store *finding.Store) {
	h := &Handler{store}
	tags := []string{"Home"}
	huma.Register(api, huma.Operation{
		OperationID: "get-home", Method: http.MethodGet, Path: "/home", Tags: tags, Errors: wire.Errors(),
		Summary:     "Read what changed since the caller last looked",
		Description: "Of active releases. Looking moves nothing: that is mark-looked's. For who never said so, since means seven days ago.",
	}, h.get)
	huma.Register(api, huma.Operation{
		OperationID: "mark-looked", Method: http.MethodPut, Path: "/home/looked", Tags: tags, DefaultStatus: http.StatusNoContent, Errors: wire.Errors(),
		Summary: "Say that the caller has seen what changed",
	}, h.looked)
	huma.Register(api, huma.Operation{
		OperationID: "get-trend", Method: http.MethodGet, Path: "/home/trend", Tags: tags, Errors: wire.Errors(),
		Summary: "Read how many findings were open, by day", Description: "At the end of each day (UTC), the oldest first; the last is now.",
	}, h.trend)
}

// Home is the answer.
type Home struct {
	Since     time.Time           `json:"since" doc:"When the caller said last that they had looked."`
	Products  int                 `json:"product_count"`
	Open      wire.SeverityCounts `json:"open"`
	Opened    int                 `json:"opened" doc:"Findings that came since and are open."`
	Resolved  int                 `json:"resolved" doc:"Findings that went since."`
	New       []NewVulnerability  `json:"new" doc:"Vulnerabilities with findings that came since: the exploited, then the worst; at most 6."`
	Exploited []Exploited         `json:"exploited" doc:"On CISA's list and reaching us, the newest on the list first; at most 6."`
	AtRisk    []AtRisk            `json:"at_risk" doc:"Releases with exploited or critical findings, the worst first; at most 6."`
}

// NewVulnerability is one that findings came for.
type NewVulnerability struct {
	Name      string    `json:"name"`
	Severity  string    `json:"severity"`
	Score     *float64  `json:"score,omitempty"`
	KEV       bool      `json:"kev"`
	Component string    `json:"component_name" doc:"Of one of the findings."`
	Findings  int       `json:"finding_count"`
	Releases  int       `json:"release_count"`
	FirstSeen time.Time `json:"first_seen"`
}

// Exploited is a vulnerability that is exploited and reaches us.
type Exploited struct {
	Name     string `json:"name"`
	Title    string `json:"title"`
	Added    string `json:"added" format:"date" doc:"When CISA put it on its list."`
	Due      string `json:"due,omitempty" format:"date"`
	Findings int    `json:"finding_count"`
	Releases int    `json:"release_count"`
}

// AtRisk is a release with exploited or critical findings.
type AtRisk struct {
	ReleaseID   int64  `json:"release_id"`
	ProductName string `json:"product_name"`
	Version     string `json:"version"`
	KEV         int    `json:"kev"`
	Critical    int    `json:"critical"`
	Fixable     int    `json:"fixable" doc:"How many of them a known version ends."`
}

type homeOut struct{ Body Home }

func (h *Handler) get(ctx context.Context, _ *struct{}) (*homeOut, error) {
	d, err := h.store.Home(ctx, access.CallerOf(ctx).PersonID, time.Now())
	if err != nil {
		return nil, err
	}
	return &homeOut{Home{
		Since: d.Since, Products: d.Products, Open: wire.SeverityCounts(d.Open), Opened: d.Opened, Resolved: d.Resolved,
		New: wire.Slice(d.New, func(n finding.NewVulnerability) NewVulnerability {
			return NewVulnerability{n.Name, n.Severity, n.Score, n.KEV, n.Component, n.Findings, n.Releases, n.FirstSeen}
		}),
		Exploited: wire.Slice(d.Exploited, func(e finding.Exploited) Exploited {
			out := Exploited{Name: e.Name, Title: e.Title, Added: e.Added.Format(time.DateOnly), Findings: e.Findings, Releases: e.Releases}
			if e.Due != nil {
				out.Due = e.Due.Format(time.DateOnly)
			}
			return out
		}),
		AtRisk: wire.Slice(d.AtRisk, func(r finding.AtRisk) AtRisk {
			return AtRisk{r.ReleaseID, r.ProductName, r.Version, r.KEV, r.Critical, r.Fixable}
		}),
	}}, nil
}

type lookedIn struct {
	Body struct {
		Until time.Time `json:"until" doc:"What came until then has been seen: the moment at which the page was read."`
	}
}

func (h *Handler) looked(ctx context.Context, in *lookedIn) (*struct{}, error) {
	until := in.Body.Until
	if now := time.Now(); until.After(now) {
		until = now
	}
	return nil, h.store.Looked(ctx, access.CallerOf(ctx).PersonID, until)
}

type trendIn struct {
	Days int `query:"days" minimum:"2" maximum:"365" default:"30"`
}

// Day is one day of the trend.
type Day struct {
	Day  string              `json:"day" format:"date"`
	Open wire.SeverityCounts `json:"open" doc:"kev is not counted: the list is of today."`
}

type trendOut struct {
	Body struct {
		Items []Day `json:"items"`
	}
}

func (h *Handler) trend(ctx context.Context, in *trendIn) (*trendOut, error) {
	days, err := h.store.Trend(ctx, in.Days, time.Now())
	if err != nil {
		return nil, err
	}
	out := &trendOut{}
	out.Body.Items = wire.Slice(days, func(d finding.Day) Day {
		return Day{d.Day.Format(time.DateOnly), wire.SeverityCounts(d.Open)}
	})
	return out, nil
}
