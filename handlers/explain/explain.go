// Package explain serves the reasons of the matcher for any pair of package and advisory.
package explain

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/matching"
)

// Explanation says how a package was looked up and what each affected entry comes to.
type Explanation struct {
	PURL       string          `json:"purl" doc:"Canonical; empty where only a CPE was given."`
	CPE        string          `json:"cpe,omitempty" doc:"As given."`
	Products   []string        `json:"products" doc:"Vendor and product that the CPE is looked up by."`
	Ecosystem  string          `json:"ecosystem" doc:"Empty where none is known."`
	Release    string          `json:"release,omitempty" doc:"Of the distribution."`
	Package    string          `json:"package" doc:"Name as it is looked up."`
	Version    string          `json:"version" doc:"As it is compared."`
	NotCovered string          `json:"not_covered,omitempty" doc:"Why nothing can be compared."`
	Evidence   []wire.Evidence `json:"evidence" doc:"One for each affected entry, those that do not reach the package too; empty where no entry names it."`
}

// Handler serves explanations.
type Handler struct{ explainer *matching.Explainer }

// Register adds the operation.
func Register(api huma.API, explainer *matching.Explainer) {
	h := &Handler{explainer}
	huma.Register(api, huma.Operation{
		OperationID: "explain", Method: http.MethodGet, Path: "/explain", Tags: []string{"Vulnerabilities"},
		Errors: wire.Errors(http.StatusNotFound), Summary: "Say why an advisory reaches a package, or why it does not",
		Description: "For any pair, whether or not a release has the package: each range, the comparison made, the verdict. A component without package URL is asked about by its CPE.",
	}, h.get)
}

type in struct {
	PURL string `query:"purl" maxLength:"2000" example:"pkg:npm/lodash@4.17.20" doc:"This, cpe, or both."`
	CPE  string `query:"cpe" maxLength:"2000" example:"cpe:2.3:a:openssl:openssl:3.0.1:*:*:*:*:*:*:*" doc:"Of a component that has no package URL, or beside it."`
	ID   string `query:"id" required:"true" minLength:"1" maxLength:"200" example:"CVE-2021-23337" doc:"An advisory, a vulnerability, or any alias."`
}

type out struct{ Body Explanation }

func (h *Handler) get(ctx context.Context, in *in) (*out, error) {
	x, err := h.explainer.Explain(ctx, matching.Asked{PURL: in.PURL, CPE: in.CPE}, in.ID)
	if err != nil {
		return nil, err
	}
	id := x.Identity
	return &out{Explanation{
		PURL: id.PURL, CPE: in.CPE, Products: wire.Strings(x.Products), Ecosystem: id.Package.Ecosystem, Release: id.Package.Release, Package: id.Package.Name, Version: id.Version,
		NotCovered: id.NotCovered, Evidence: wire.Slice(x.Evidence, func(e matching.Evidence) wire.Evidence { return wire.Evidence(e) }),
	}}, nil
}
