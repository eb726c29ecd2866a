// Package audit serves the record of who did what.
package audit

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// AuditEvent is one change, or one attempt worth remembering.
type AuditEvent struct {
	ID          int64           `json:"id"`
	At          time.Time       `json:"at"`
	ActorKind   string          `json:"actor_kind" enum:"person,token,nobody,service" doc:"token: a person's API token; nobody: a request without caller; service: jobs and commands."`
	ActorID     *int64          `json:"actor_id,omitempty"`
	ActorName   string          `json:"actor_name"`
	TokenID     *int64          `json:"token_id,omitempty"`
	Action      string          `json:"action" example:"product.update"`
	SubjectKind string          `json:"subject_kind" example:"product"`
	SubjectID   string          `json:"subject_id"`
	SubjectName string          `json:"subject_name" doc:"As it was called then."`
	ProductID   *int64          `json:"product_id,omitempty"`
	Before      json.RawMessage `json:"before" doc:"Fields before the change, without secrets; null: there was nothing."`
	After       json.RawMessage `json:"after" doc:"Fields after it; null: there is nothing."`
	Address     string          `json:"address"`
	Agent       string          `json:"agent"`
	RequestID   string          `json:"request_id"`
}

// Handler serves the record.
type Handler struct{ store *account.Store }

// Register adds the operations.
func Register(api huma.API, store *account.Store) {
	h := &Handler{store}
	tags := []string{"People"}
	errors := wire.Errors(http.StatusUnauthorized, http.StatusForbidden)
	huma.Register(api, huma.Operation{
		OperationID: "list-audit-events", Method: http.MethodGet, Path: "/audit", Tags: tags, Errors: errors,
		Summary: "List who did what", Description: "Newest first. The record is only ever added to.",
	}, h.list)
	huma.Register(api, huma.Operation{
		OperationID: "export-audit-events", Method: http.MethodGet, Path: "/audit/export", Tags: tags, Errors: errors,
		Summary: "Export who did what", Description: "Everything that the filter lets through, newest first, as a stream.",
		Responses: map[string]*huma.Response{"200": {
			Description: "The events",
			Content: map[string]*huma.MediaType{
				"text/csv":             {Schema: &huma.Schema{Type: huma.TypeString}},
				"application/x-ndjson": {Schema: &huma.Schema{Type: huma.TypeString}},
			},
		}},
	}, h.export)
}

// Filter holds the filters that list and export share.
type Filter struct {
	ActorID     int64     `query:"actor_id" minimum:"1"`
	Action      string    `query:"action" maxLength:"100" example:"session." doc:"Whole, or with a dot at its end all that begin so."`
	SubjectKind string    `query:"subject_kind" maxLength:"50"`
	SubjectID   string    `query:"subject_id" maxLength:"400"`
	ProductID   int64     `query:"product_id" minimum:"1"`
	Address     string    `query:"address" maxLength:"60"`
	From        time.Time `query:"from"`
	To          time.Time `query:"to" doc:"Exclusive."`
}

func (f Filter) domain() account.RecordFilter {
	return account.RecordFilter{
		ActorID: f.ActorID, Action: f.Action, SubjectKind: f.SubjectKind, SubjectID: f.SubjectID, ProductID: f.ProductID,
		Address: f.Address, From: f.From, To: f.To,
	}
}

type listIn struct {
	wire.Paging
	Filter
}

type listOut struct{ Body wire.Page[AuditEvent] }

func (h *Handler) list(ctx context.Context, in *listIn) (*listOut, error) {
	filter := in.domain()
	filter.Limit = in.Limit + 1
	if in.Cursor != "" {
		id, err := strconv.ParseInt(in.Cursor, 10, 64)
		if err != nil || id < 1 {
			return nil, problem.New(problem.Invalid, "the cursor is not one that this list gave out").
				With(problem.Fault{Path: "query.cursor", Code: "cursor", Message: "start again without a cursor"})
		}
		filter.Before = id
	}
	list, err := h.store.Records(ctx, filter)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(list) > in.Limit {
		list = list[:in.Limit]
		next = strconv.FormatInt(list[in.Limit-1].ID, 10)
	}
	return &listOut{wire.NewPage(list, next, func(r account.Record) AuditEvent { return AuditEvent(r) })}, nil
}

type exportIn struct {
	Filter
	Format string `query:"format" enum:"csv,jsonl" default:"csv"`
}

var columns = []string{
	"id", "at", "actor_kind", "actor_id", "actor_name", "token_id", "action", "subject_kind", "subject_id", "subject_name",
	"product_id", "before", "after", "address", "agent", "request_id",
}

func (h *Handler) export(ctx context.Context, in *exportIn) (*huma.StreamResponse, error) {
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		kind, name := "text/csv; charset=utf-8", "audit.csv"
		if in.Format == "jsonl" {
			kind, name = "application/x-ndjson", "audit.jsonl"
		}
		hctx.SetHeader("Content-Type", kind)
		hctx.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
		table, lines := csv.NewWriter(hctx.BodyWriter()), json.NewEncoder(hctx.BodyWriter())
		write := func(r account.Record) error { return lines.Encode(AuditEvent(r)) }
		if in.Format != "jsonl" {
			_ = table.Write(columns) // what fails shows at the first event, and at Flush
			write = func(r account.Record) error { return table.Write(row(r)) }
		}
		if h.store.EachRecord(ctx, in.domain(), write) != nil {
			// The status is out already: the last line says that the rest is missing.
			_ = write(account.Record{ActorKind: "service", Action: "export.incomplete", Before: []byte("null"), After: []byte("null")})
		}
		table.Flush()
	}}, nil
}

func row(r account.Record) []string {
	return []string{
		strconv.FormatInt(r.ID, 10), r.At.UTC().Format(time.RFC3339Nano), r.ActorKind, number(r.ActorID), cell(r.ActorName), number(r.TokenID),
		r.Action, r.SubjectKind, cell(r.SubjectID), cell(r.SubjectName), number(r.ProductID), cell(string(r.Before)), cell(string(r.After)),
		cell(r.Address), cell(r.Agent), r.RequestID,
	}
}

func number(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

// cell keeps spreadsheets from taking a person's words for a formula.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
