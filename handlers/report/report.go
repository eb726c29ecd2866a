// Package report serves threat reports: who attacks whom with what, and what of it touches us.
package report

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/intel"
)

// Handler serves threat reports.
type Handler struct {
	store *intel.Store
	rules intel.ReportRules
}

// Register adds the operations.
func Register(api huma.API, store *intel.Store, rules intel.ReportRules) {
	h := &Handler{store, rules}
	tags := []string{"Threat reports"}
	huma.Register(api, huma.Operation{
		OperationID: "list-reports", Method: http.MethodGet, Path: "/reports", Tags: tags, Errors: wire.Errors(),
		Summary: "List threat reports", Description: "The newest first; those that touch us unless asked for all.",
	}, h.list)
	huma.Register(api, huma.Operation{
		OperationID: "get-report", Method: http.MethodGet, Path: "/reports/{report_id}", Tags: tags,
		Errors: wire.Errors(http.StatusNotFound), Summary: "Read a threat report",
		Description: "Everything but its indicators, with the findings and components that it touches.",
	}, h.get)
	huma.Register(api, huma.Operation{
		OperationID: "list-report-indicators", Method: http.MethodGet, Path: "/reports/{report_id}/indicators", Tags: tags,
		Errors: wire.Errors(http.StatusNotFound), Summary: "List a report's indicators",
		Description: "By type and value. A report that is held as a header has none.",
	}, h.indicators)
	huma.Register(api, huma.Operation{
		OperationID: "search-indicators", Method: http.MethodGet, Path: "/indicators", Tags: tags, Errors: wire.Errors(),
		Summary:     "Say who names a hash, host, address or other indicator",
		Description: "Which reports name it, and whether an SBOM of ours does. Spelling does not matter: `hxxp://evil[.]example/x` finds `https://EVIL.example/x`.",
	}, h.search)
}

type listIn struct {
	wire.Paging
	Touches   string `query:"touches" enum:"us,all" default:"us"`
	Query     string `query:"q" maxLength:"200" doc:"Part of the name, the adversary, a malware family or a tag."`
	Adversary string `query:"adversary" maxLength:"200" doc:"Whole name."`
	Technique string `query:"technique" maxLength:"20" example:"T1190" doc:"MITRE ATT&CK; a technique stands for its sub-techniques too."`
	CVE       string `query:"cve" maxLength:"200" doc:"Name of a vulnerability." example:"CVE-2021-44228"`
}

type listOut struct{ Body wire.Page[wire.ReportBrief] }

func (h *Handler) list(ctx context.Context, in *listIn) (*listOut, error) {
	page, err := h.store.Reports(ctx, intel.ReportFilter{
		Touches: in.Touches != "all", Query: in.Query, Adversary: in.Adversary, Technique: in.Technique, CVE: in.CVE,
	}, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	return &listOut{wire.NewPage(page.Items, page.Next, wire.ReportBriefOf)}, nil
}

type oneIn struct {
	ReportID int64 `path:"report_id" minimum:"1"`
}

type oneOut struct{ Body ReportDetail }

func (h *Handler) get(ctx context.Context, in *oneIn) (*oneOut, error) {
	page, err := h.store.Report(ctx, in.ReportID, h.rules)
	if err != nil {
		return nil, err
	}
	return &oneOut{shape(page)}, nil
}

type indicatorsIn struct {
	wire.Paging
	ReportID int64  `path:"report_id" minimum:"1"`
	Type     string `query:"type" maxLength:"60" doc:"As the report spells it." example:"IPv4"`
}

type indicatorsOut struct{ Body wire.Page[Indicator] }

func (h *Handler) indicators(ctx context.Context, in *indicatorsIn) (*indicatorsOut, error) {
	page, err := h.store.Indicators(ctx, in.ReportID, in.Type, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	return &indicatorsOut{wire.NewPage(page.Items, page.Next, shapeIndicator)}, nil
}

type searchIn struct {
	Value string `query:"value" required:"true" minLength:"1" maxLength:"4096" example:"evil[.]example"`
}

type searchOut struct{ Body IndicatorHits }

func (h *Handler) search(ctx context.Context, in *searchIn) (*searchOut, error) {
	hits, err := h.store.FindIndicator(ctx, in.Value)
	if err != nil {
		return nil, err
	}
	return &searchOut{shapeHits(hits)}, nil
}
