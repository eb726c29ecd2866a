// Package finding serves findings, and per release what is to check, not covered and to upgrade.
package finding

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/finding"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Handler serves findings.
type Handler struct {
	store *finding.Store
	intel *intel.Store
}

// Register adds the operations.
func Register(api huma.API, store *finding.Store, advisories *intel.Store) {
	h := &Handler{store, advisories}
	tags := []string{"Findings"}
	huma.Register(api, huma.Operation{
		OperationID: "list-findings", Method: http.MethodGet, Path: "/findings", Tags: tags, Errors: wire.Errors(),
		Summary:     "List findings",
		Description: "By keyset, over the whole portfolio; without filters the open findings of active releases, worst first.",
	}, h.list)
	huma.Register(api, huma.Operation{
		OperationID: "summarize-findings", Method: http.MethodGet, Path: "/findings/summary", Tags: tags, Errors: wire.Errors(),
		Summary: "Count findings", Description: "Takes the filters of the list.",
	}, h.summary)
	huma.Register(api, huma.Operation{
		OperationID: "get-finding", Method: http.MethodGet, Path: "/findings/{finding_id}", Tags: tags,
		Errors: wire.Errors(http.StatusNotFound), Summary: "Read a finding with its evidence",
	}, h.get)
	huma.Register(api, huma.Operation{
		OperationID: "list-possible-matches", Method: http.MethodGet, Path: "/releases/{release_id}/possible", Tags: tags,
		Errors: wire.Errors(http.StatusNotFound), Summary: "List a release's matches to check",
		Description: "Matches that could not be confirmed, with the reason. They are no findings and count in no figure.",
	}, h.possible)
	huma.Register(api, huma.Operation{
		OperationID: "get-coverage", Method: http.MethodGet, Path: "/releases/{release_id}/coverage", Tags: tags,
		Errors: wire.Errors(http.StatusNotFound), Summary: "Say what is not covered in a release",
		Description: "Components of which nothing can be said, with why.",
	}, h.coverage)
	huma.Register(api, huma.Operation{
		OperationID: "list-upgrades", Method: http.MethodGet, Path: "/releases/{release_id}/upgrades", Tags: tags,
		Errors: wire.Errors(http.StatusNotFound), Summary: "List a release's smallest upgrades",
		Description: "Per component with open findings the smallest version that ends them all.",
	}, h.upgrades)
	h.registerAssessments(api)
}

// Filter holds the filters that list and summary share.
type Filter struct {
	ProductID     int64    `query:"product_id" minimum:"1"`
	ReleaseID     int64    `query:"release_id" minimum:"1"`
	ComponentID   int64    `query:"component_id" minimum:"1"`
	Vulnerability string   `query:"vulnerability" maxLength:"200" doc:"Its name." example:"CVE-2021-44228"`
	Query         string   `query:"q" maxLength:"200" doc:"Part of the name of component or vulnerability."`
	Severity      []string `query:"severity" enum:"critical,high,medium,low,none,unknown" doc:"Any of these." example:"[\"critical\",\"high\"]"`
	Ecosystem     string   `query:"ecosystem" maxLength:"60" example:"Maven"`
	KEV           string   `query:"kev" enum:"true,false" doc:"Known to be exploited, or not."`
	Fixable       string   `query:"fixable" enum:"true,false" doc:"A version that ends it is known, or not."`
	VEX           []string `query:"vex" enum:"none,under_investigation,affected,fixed,not_affected" doc:"What was decided, any of these; none: nothing yet."`
	Review        string   `query:"review" enum:"true" doc:"Decided, and what was decided on has changed since."`
	State         string   `query:"state" enum:"open,settled,resolved,all" default:"open" doc:"Settled: a decision says that it is not affected or fixed."`
	Active        string   `query:"active" enum:"true,false,all" doc:"Of active releases, of inactive ones, or of all. Left out: of active ones, but of all where product_id or release_id is given."`
}

// domain is the filter as the store takes it.
func (f Filter) domain() finding.Filter {
	return finding.Filter{
		ProductID: f.ProductID, ReleaseID: f.ReleaseID, ComponentID: f.ComponentID, Vulnerability: f.Vulnerability,
		Query: f.Query, Severities: f.Severity, Ecosystem: f.Ecosystem, KEV: yesNo(f.KEV), Fixable: yesNo(f.Fixable),
		Statuses: f.VEX, Review: f.Review == "true", State: f.State, Active: f.Active,
	}
}

// yesNo is nil where nothing was asked.
func yesNo(s string) *bool {
	if s == "" {
		return nil
	}
	yes := s == "true"
	return &yes
}

type listIn struct {
	wire.Paging
	Filter
	Sort string `query:"sort" enum:"score,-score,epss,-epss,kev,first_seen,-first_seen,component,-component,vulnerability,-vulnerability,product,-product" default:"-score" doc:"-score is the worst first; kev puts the known exploited first."`
}

type listOut struct{ Body wire.Page[Finding] }

func (h *Handler) list(ctx context.Context, in *listIn) (*listOut, error) {
	page, err := h.store.List(ctx, in.domain(), in.Sort, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	return &listOut{wire.NewPage(page.Items, page.Next, shape)}, nil
}

type summaryIn struct{ Filter }

type summaryOut struct{ Body Summary }

func (h *Handler) summary(ctx context.Context, in *summaryIn) (*summaryOut, error) {
	counts, err := h.store.Summary(ctx, in.domain())
	if err != nil {
		return nil, err
	}
	return &summaryOut{Summary{Open: wire.SeverityCounts(counts)}}, nil
}

// OneIn names one finding.
type OneIn struct {
	FindingID int64 `path:"finding_id" minimum:"1"`
}

type oneOut struct{ Body FindingDetail }

func (h *Handler) get(ctx context.Context, in *OneIn) (*oneOut, error) {
	d, err := h.store.Get(ctx, in.FindingID)
	if err != nil {
		return nil, err
	}
	detail, err := shapeDetail(d)
	if err != nil {
		return nil, err
	}
	facts, err := h.intel.Facts(ctx, d.Vulnerability)
	if err != nil && problem.KindOf(err) != problem.NotFound {
		return nil, err
	}
	detail.Threat = wire.ThreatOf(facts)
	return &oneOut{detail}, nil
}
