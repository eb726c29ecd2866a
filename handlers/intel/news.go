package intel

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/intel"
)

// News is one thing that came in.
type News struct {
	Kind      string    `json:"kind" enum:"advisory,kev,report"`
	ID        int64     `json:"id" doc:"Of the report, for kind report; else only to tell items of a kind apart."`
	At        time.Time `json:"at" doc:"When the advisory came or changed, CISA listed the CVE (its day), or the report last changed."`
	Name      string    `json:"name" doc:"Of the vulnerability, or of the report; empty for an advisory that speaks of none." example:"CVE-2021-44228"`
	Title     string    `json:"title"`
	Record    string    `json:"record" doc:"The feed's own id." example:"GHSA-jfh8-c2jp-5v3q"`
	Feed      string    `json:"feed" example:"osv"`
	Severity  string    `json:"severity" enum:"critical,high,medium,low,none,unknown"`
	Score     *float64  `json:"score,omitempty" minimum:"0" maximum:"10"`
	Exploited bool      `json:"exploited" doc:"On CISA's list."`
	New       bool      `json:"new" doc:"An advisory that came then; else one that changed."`
	Withdrawn bool      `json:"withdrawn"`
	TouchesUs bool      `json:"touches_us" doc:"A component of a product that the caller may know of matches it, or the report touches us."`
}

func (h *Handler) registerNews(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "list-news", Method: http.MethodGet, Path: "/intel/news", Tags: []string{"Intel"}, Errors: wire.Errors(),
		Summary: "List what came in", Description: "Advisories new and changed, additions to CISA's list and threat reports, the newest first; what touches us unless asked for all.",
	}, h.news)
}

type newsIn struct {
	wire.Paging
	Touches string `query:"touches" enum:"us,all" default:"us"`
	Kind    string `query:"kind" enum:"advisory,kev,report" doc:"Only these."`
}

type newsOut struct{ Body wire.Page[News] }

func (h *Handler) news(ctx context.Context, in *newsIn) (*newsOut, error) {
	list, err := h.store.News(ctx, intel.NewsFilter{Touches: in.Touches != "all", Kind: in.Kind}, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	return &newsOut{wire.NewPage(list.Items, list.Next, func(n intel.News) News {
		return News{
			Kind: n.Kind, ID: n.ID, At: n.At, Name: n.Name, Title: n.Title, Record: n.Record, Feed: n.Feed, Severity: n.Severity,
			Score: n.Score, Exploited: n.KEV, New: n.New, Withdrawn: n.Gone, TouchesUs: n.Touches,
		}
	})}, nil
}
