package finding

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/finding"
)

// Decision is what a person says of findings.
type Decision struct {
	Status        string     `json:"status" enum:"under_investigation,affected,fixed,not_affected" doc:"As VEX names them. Not affected and fixed settle a finding."`
	Justification string     `json:"justification,omitempty" enum:"component_not_present,vulnerable_code_not_present,vulnerable_code_not_in_execute_path,vulnerable_code_cannot_be_controlled_by_adversary,inline_mitigations_already_exist,requires_configuration,requires_dependency,requires_environment,protected_by_compiler,protected_at_runtime,protected_at_perimeter,protected_by_mitigating_control" doc:"Needed for not_affected: of OpenVEX, or of CycloneDX."`
	Response      string     `json:"response,omitempty" enum:"update,workaround_available,rollback,will_not_fix,can_not_fix" doc:"What is done about it, as CycloneDX names it."`
	Action        string     `json:"action,omitempty" maxLength:"4000" doc:"What users should do: OpenVEX's action statement."`
	Note          string     `json:"note,omitempty" maxLength:"4000"`
	ExpiresAt     *time.Time `json:"expires_at,omitempty" doc:"From then on it holds no more; left out: until somebody changes it."`
	Scope         string     `json:"scope" enum:"release,product,everywhere" doc:"Where it holds. Everywhere leaves out products on which you may not decide."`
	EveryVersion  bool       `json:"every_version,omitempty" doc:"For every version of the package, not the found one alone."`
}

func (d Decision) domain() finding.Decision {
	return finding.Decision{
		Status: d.Status, Justification: d.Justification, Response: d.Response, Action: d.Action, Note: d.Note,
		Expires: d.ExpiresAt, Place: d.Scope, EveryVersion: d.EveryVersion,
	}
}

// Choice is a decision and the findings that it is made on.
type Choice struct {
	Decision
	FindingIDs []int64 `json:"finding_ids,omitempty" maxItems:"10000" doc:"These findings; or a filter instead."`
	Filter     *Chosen `json:"filter,omitempty" doc:"What the list shows by these filters, at most 10,000 findings."`
}

// Chosen are the filters of the list, as the body of a decision has them.
type Chosen struct {
	ProductID     int64    `json:"product_id,omitempty" minimum:"1"`
	ReleaseID     int64    `json:"release_id,omitempty" minimum:"1"`
	ComponentID   int64    `json:"component_id,omitempty" minimum:"1"`
	Vulnerability string   `json:"vulnerability,omitempty" maxLength:"200"`
	Query         string   `json:"q,omitempty" maxLength:"200"`
	Severity      []string `json:"severity,omitempty" enum:"critical,high,medium,low,none,unknown"`
	Ecosystem     string   `json:"ecosystem,omitempty" maxLength:"60"`
	KEV           *bool    `json:"kev,omitempty"`
	Fixable       *bool    `json:"fixable,omitempty"`
	VEX           []string `json:"vex,omitempty" enum:"none,under_investigation,affected,fixed,not_affected"`
	Review        bool     `json:"review,omitempty"`
	State         string   `json:"state,omitempty" enum:"open,settled,resolved,all"`
	Active        string   `json:"active,omitempty" enum:"true,false,all"`
}

func (c Choice) selection() finding.Selection {
	s := finding.Selection{IDs: c.FindingIDs}
	if f := c.Filter; f != nil && len(c.FindingIDs) == 0 {
		s.Filter = &finding.Filter{
			ProductID: f.ProductID, ReleaseID: f.ReleaseID, ComponentID: f.ComponentID, Vulnerability: f.Vulnerability, Query: f.Query,
			Severities: f.Severity, Ecosystem: f.Ecosystem, KEV: f.KEV, Fixable: f.Fixable, Statuses: f.VEX, Review: f.Review,
			State: f.State, Active: f.Active,
		}
	}
	return s
}

// Assessed is what a decision came to, or would come to.
type Assessed struct {
	Selected      int     `json:"selected" doc:"Findings that were chosen."`
	Findings      int     `json:"findings" doc:"Findings that the decision reaches, among those that you may know of."`
	Products      int     `json:"products"`
	Releases      int     `json:"releases"`
	AssessmentIDs []int64 `json:"assessment_ids" doc:"Assessments made, one for each vulnerability, package and place."`
}

func shapeAssessed(a finding.Assessed) Assessed {
	if a.IDs == nil {
		a.IDs = []int64{}
	}
	return Assessed{a.Selected, a.Findings, a.Products, a.Releases, a.IDs}
}

// Assessment is one decision as it stands on record.
type Assessment struct {
	ID            int64      `json:"id"`
	Vulnerability string     `json:"vulnerability" doc:"What it was made on, by the name that it had then."`
	Package       string     `json:"package"`
	Version       string     `json:"version,omitempty" doc:"Absent: every version."`
	Scope         string     `json:"scope" enum:"release,product,everywhere"`
	ProductName   string     `json:"product_name,omitempty"`
	Release       string     `json:"release_version,omitempty"`
	Status        string     `json:"status" enum:"under_investigation,affected,fixed,not_affected"`
	Justification string     `json:"justification,omitempty"`
	Response      string     `json:"response,omitempty"`
	Action        string     `json:"action,omitempty"`
	Note          string     `json:"note,omitempty"`
	Author        string     `json:"author"`
	CreatedAt     time.Time  `json:"created_at"`
	ExpiresAt     *time.Time `json:"expires_at,omitempty"`
	Standing      string     `json:"standing" enum:"effective,overruled,expired,superseded,withdrawn" doc:"Overruled: a more specific or more urgent one holds."`
	EndedAt       *time.Time `json:"ended_at,omitempty"`
	EndedBy       string     `json:"ended_by,omitempty"`
	EndNote       string     `json:"end_note,omitempty"`
}

func shapeAssessment(a finding.Assessment) Assessment {
	return Assessment{
		ID: a.ID, Vulnerability: a.Vulnerability, Package: a.Package, Version: a.Version, Scope: a.Place, ProductName: a.ProductName,
		Release: a.Release, Status: a.Status, Justification: a.Justification, Response: a.Response, Action: a.Action, Note: a.Note,
		Author: a.Author, CreatedAt: a.CreatedAt, ExpiresAt: a.ExpiresAt, Standing: a.Standing, EndedAt: a.EndedAt, EndedBy: a.EndedBy,
		EndNote: a.EndNote,
	}
}

func (h *Handler) registerAssessments(api huma.API) {
	tags := []string{"Findings"}
	huma.Register(api, huma.Operation{
		OperationID: "list-assessments", Method: http.MethodGet, Path: "/findings/{finding_id}/assessments", Tags: tags,
		Errors: wire.Errors(http.StatusNotFound), Summary: "List the decisions that concern a finding",
		Description: "The newest first, also those that ended or that another one overrules.",
	}, h.assessments)
	huma.Register(api, huma.Operation{
		OperationID: "create-assessment", Method: http.MethodPost, Path: "/findings/{finding_id}/assessments", Tags: tags,
		DefaultStatus: http.StatusCreated, Errors: wire.Errors(http.StatusBadRequest, http.StatusNotFound), Summary: "Decide on a finding",
		Description: "Findings in its scope change at once, and again with every later document and advisory. Nothing is overwritten: what it takes the place of stays on record.",
	}, h.assess)
	huma.Register(api, huma.Operation{
		OperationID: "create-assessments", Method: http.MethodPost, Path: "/assessments", Tags: tags, DefaultStatus: http.StatusCreated,
		Errors: wire.Errors(http.StatusBadRequest, http.StatusNotFound), Summary: "Decide on many findings",
		Description: "One decision on the findings that are named, or on those that a filter keeps.",
	}, h.assessMany)
	huma.Register(api, huma.Operation{
		OperationID: "preview-assessments", Method: http.MethodPost, Path: "/assessments/preview", Tags: tags,
		Errors: wire.Errors(http.StatusBadRequest, http.StatusNotFound), Summary: "Count what a decision would reach",
		Description: "Takes what create-assessments takes and writes nothing.",
	}, h.previewAssessments)
	huma.Register(api, huma.Operation{
		OperationID: "withdraw-assessment", Method: http.MethodPost, Path: "/findings/{finding_id}/assessments/{assessment_id}/withdraw", Tags: tags,
		DefaultStatus: http.StatusNoContent, Errors: wire.Errors(http.StatusBadRequest, http.StatusNotFound, http.StatusConflict),
		Summary: "Take a decision back", Description: "It stays on record. What it settled opens, unless another decision holds.",
	}, h.withdraw)
}

// Assessments holds the decisions that concern a finding.
type Assessments struct {
	Items []Assessment `json:"items"`
}

type assessmentsOut struct{ Body Assessments }

func (h *Handler) assessments(ctx context.Context, in *OneIn) (*assessmentsOut, error) {
	list, err := h.store.Assessments(ctx, in.FindingID)
	if err != nil {
		return nil, err
	}
	return &assessmentsOut{Assessments{wire.Slice(list, shapeAssessment)}}, nil
}

type assessIn struct {
	OneIn
	Body Decision
}

type assessedOut struct{ Body Assessed }

func (h *Handler) assess(ctx context.Context, in *assessIn) (*assessedOut, error) {
	return h.decide(ctx, finding.Selection{IDs: []int64{in.FindingID}}, in.Body, false)
}

type choiceIn struct{ Body Choice }

func (h *Handler) assessMany(ctx context.Context, in *choiceIn) (*assessedOut, error) {
	return h.decide(ctx, in.Body.selection(), in.Body.Decision, false)
}

func (h *Handler) previewAssessments(ctx context.Context, in *choiceIn) (*assessedOut, error) {
	return h.decide(ctx, in.Body.selection(), in.Body.Decision, true)
}

func (h *Handler) decide(ctx context.Context, of finding.Selection, d Decision, trial bool) (*assessedOut, error) {
	out, err := h.store.Assess(ctx, of, d.domain(), trial)
	if err != nil {
		return nil, err
	}
	return &assessedOut{shapeAssessed(out)}, nil
}

type withdrawIn struct {
	OneIn
	AssessmentID int64 `path:"assessment_id" minimum:"1"`
	Body         Withdrawal
}

// Withdrawal says why a decision is taken back.
type Withdrawal struct {
	Note string `json:"note,omitempty" maxLength:"4000"`
}

func (h *Handler) withdraw(ctx context.Context, in *withdrawIn) (*struct{}, error) {
	return nil, h.store.Withdraw(ctx, in.FindingID, in.AssessmentID, in.Body.Note)
}
