package release

import (
	"context"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/sbom"
)

// ReleaseLicense is one statement of licences in a release.
type ReleaseLicense struct {
	Licenses       []string `json:"licenses" doc:"As the document states them; several all apply; empty: none is stated."`
	ComponentCount int      `json:"component_count" doc:"Distinct components with this statement."`
	Outcome        string   `json:"outcome" enum:"none,needs_review,violation" doc:"By the licences given as forbid: a violation, nothing, or nobody but a person can say: a text that is no SPDX expression, a licence of the document's own, or none stated."`
	Because        []string `json:"because" doc:"The forbidden licences that bind, or the texts to be read."`
}

type licensesIn struct {
	wire.Paging
	OneIn
	Forbid []string `query:"forbid,explode" maxItems:"200" doc:"SPDX ids of forbidden licences, each by itself or with an exception; may be given several times." example:"[\"GPL-3.0-only\"]"`
}

type licensesOut struct{ Body wire.Page[ReleaseLicense] }

func (h *Handler) licenses(ctx context.Context, in *licensesIn) (*licensesOut, error) {
	policy, err := sbom.NewLicensePolicy(in.Forbid)
	if err != nil {
		return nil, err
	}
	page, err := h.store.ReleaseLicenses(ctx, in.ReleaseID, policy, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	return &licensesOut{wire.NewPage(page.Items, page.Next, func(l sbom.ReleaseLicense) ReleaseLicense {
		return ReleaseLicense{
			Licenses: wire.Strings(l.Licenses), ComponentCount: l.Components,
			Outcome: string(l.Verdict.Outcome), Because: wire.Strings(l.Verdict.Because),
		}
	})}, nil
}
