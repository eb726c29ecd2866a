package document

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/sbom"
)

const uploadWords = "The body is the document itself, whatever its content type, or a multipart form with the document in the field `file`; " +
	"`Content-Encoding: gzip` is accepted. The format is detected by content. The body is read as a stream and bounded in size, " +
	"depth and time. A document that is refused leaves nothing behind; the answer says what was seen and where."

// uploadErrors are what a document or its transport may be refused with.
var uploadErrors = wire.Errors(http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)

func (h *Handler) registerUploads(api huma.API) {
	tags := []string{"SBOMs"}
	huma.Register(api, huma.Operation{
		OperationID: "upload-sbom", Method: http.MethodPost, Path: "/releases/{release_id}/sboms", Tags: tags,
		DefaultStatus: http.StatusAccepted,
		Errors:        append([]int{http.StatusNotFound}, uploadErrors...), Summary: "Upload a release's SBOM",
		Description: uploadWords + "\n\nThe document becomes the release's current one; the same bytes again change nothing (`unchanged`).",
	}, h.upload)
	huma.Register(api, huma.Operation{
		OperationID: "push-sbom", Method: http.MethodPost, Path: "/sboms", Tags: tags,
		DefaultStatus: http.StatusAccepted, Errors: uploadErrors,
		Summary:     "Upload an SBOM by the names of product and release",
		Description: uploadWords + "\n\nProduct and release are made where they do not exist.",
	}, h.push)
	huma.Register(api, huma.Operation{
		OperationID: "preview-sbom", Method: http.MethodPost, Path: "/sboms/preview", Tags: tags,
		Errors:      append([]int{http.StatusNotFound}, uploadErrors...),
		Summary:     "Read an SBOM and store nothing",
		Description: uploadWords + "\n\nSays what an upload would bring; with `release_id` also how it differs from the current document.",
	}, h.preview)
	h.registerSample(api)
	describeBodies(api, "upload-sbom", "push-sbom", "preview-sbom")
}

// describeBodies documents the body after the operation is registered: the framework would read a body that it knows of
// whole into memory, and take it for JSON.
func describeBodies(api huma.API, operations ...string) {
	for _, path := range api.OpenAPI().Paths {
		if path.Post != nil && slices.Contains(operations, path.Post.OperationID) {
			path.Post.RequestBody = documentBody()
		}
	}
}

func documentBody() *huma.RequestBody {
	binary := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	return &huma.RequestBody{
		Required:    true,
		Description: "An SBOM: CycloneDX or SPDX.",
		Content: map[string]*huma.MediaType{
			"application/octet-stream": {Schema: binary},
			"application/json":         {Schema: &huma.Schema{Description: "The document itself."}},
			"multipart/form-data": {Schema: &huma.Schema{
				Type: huma.TypeObject, Required: []string{"file"}, Properties: map[string]*huma.Schema{"file": binary},
			}},
		},
	}
}

// Accepted says what became of an upload.
type Accepted struct {
	SBOM      wire.SBOM `json:"sbom"`
	Job       *wire.Job `json:"job,omitempty" doc:"The job that matches it; absent when there is nothing to do."`
	Unchanged bool      `json:"unchanged" doc:"The release has these very bytes as its current document already."`
}

type acceptedOut struct {
	Location string `header:"Location" doc:"The document; ask there for the progress of matching."`
	Body     Accepted
}

type uploadIn struct {
	Stream
	ReleaseID int64  `path:"release_id" minimum:"1"`
	FileName  string `query:"file_name" maxLength:"400" doc:"Name to keep with the document; a multipart form brings its own."`
	Strict    bool   `query:"strict" doc:"Refuse what would otherwise be a warning."`
}

func (h *Handler) upload(ctx context.Context, in *uploadIn) (*acceptedOut, error) {
	return h.receive(ctx, &in.Stream, sbom.Incoming{ReleaseID: in.ReleaseID, FileName: in.FileName}, in.Strict)
}

type pushIn struct {
	Stream
	Product  string `query:"product" required:"true" minLength:"1" maxLength:"200"`
	Release  string `query:"release" required:"true" minLength:"1" maxLength:"200"`
	FileName string `query:"file_name" maxLength:"400" doc:"Name to keep with the document; a multipart form brings its own."`
	Strict   bool   `query:"strict" doc:"Refuse what would otherwise be a warning."`
}

func (h *Handler) push(ctx context.Context, in *pushIn) (*acceptedOut, error) {
	return h.receive(ctx, &in.Stream, sbom.Incoming{Product: in.Product, Release: in.Release, FileName: in.FileName}, in.Strict)
}

func (h *Handler) receive(ctx context.Context, b *Stream, in sbom.Incoming, strict bool) (*acceptedOut, error) {
	content, name, err := b.open()
	if err != nil {
		return nil, err
	}
	if in.FileName == "" {
		in.FileName = name
	}
	in.Limits = h.limits
	in.Limits.Strict = strict
	receipt, err := h.store.Receive(ctx, content, in)
	if err != nil {
		return nil, err
	}
	return accepted(receipt), nil
}

func accepted(receipt sbom.Receipt) *acceptedOut {
	out := &acceptedOut{wire.Location("sboms", receipt.Stored.ID), Accepted{
		SBOM: wire.SBOMOf(receipt.Stored), Unchanged: receipt.Unchanged,
	}}
	if receipt.Job != nil {
		job := wire.JobOf(*receipt.Job)
		out.Body.Job = &job
	}
	return out
}

// Preview says what an upload would bring.
type Preview struct {
	SBOM       wire.SBOM         `json:"sbom" doc:"As it would be stored, without ids."`
	Components PreviewComponents `json:"components"`
	Warnings   []wire.Fault      `json:"warnings"`
	Difference *Difference       `json:"difference,omitempty" doc:"Against the current document of release_id."`
	Quality    Quality           `json:"quality"`
}

// Quality says how well a document describes its subject.
type Quality struct {
	Score  int            `json:"score" minimum:"0" maximum:"100" doc:"Weighted mean of the checks."`
	Checks []QualityCheck `json:"checks"`
}

// QualityCheck is one thing asked of a document, in the spirit of the NTIA minimum elements.
type QualityCheck struct {
	Code  string `json:"code" example:"versions"`
	Title string `json:"title"`
	Met   int    `json:"met" doc:"Components (or 1 for the document) that meet it."`
	Of    int    `json:"of" doc:"Out of these; 0 means that the check does not apply."`
}

// PreviewComponents summarises the distinct components of a document.
type PreviewComponents struct {
	Total       int              `json:"total"`
	ByEcosystem []EcosystemCount `json:"by_ecosystem" doc:"Most first; an empty ecosystem counts components of none."`
	Sample      []SampleItem     `json:"sample" doc:"The first few, in document order."`
}

// EcosystemCount counts components of one ecosystem.
type EcosystemCount struct {
	Ecosystem string `json:"ecosystem"`
	Count     int    `json:"count"`
}

// SampleItem is one component of a document that is not stored.
type SampleItem struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl"`
}

// Difference counts distinct components.
type Difference struct {
	Added     int `json:"added"`
	Removed   int `json:"removed"`
	Unchanged int `json:"unchanged"`
}

type previewIn struct {
	Stream
	ReleaseID int64 `query:"release_id" minimum:"1" doc:"Compare with this release's current document."`
}

type previewOut struct{ Body Preview }

func (h *Handler) preview(ctx context.Context, in *previewIn) (*previewOut, error) {
	content, name, err := in.Stream.open()
	if err != nil {
		return nil, err
	}
	p, err := h.store.Preview(ctx, content, sbom.Incoming{ReleaseID: in.ReleaseID, FileName: name, Limits: h.limits})
	if err != nil {
		return nil, err
	}
	out := Preview{SBOM: wire.SBOMOf(p.Stored), Warnings: wire.Faults(p.Stored.Warnings)}
	out.Components.Total = p.Stored.Components
	out.Components.ByEcosystem = wire.Slice(p.Ecosystems, func(e sbom.EcosystemCount) EcosystemCount { return EcosystemCount(e) })
	out.Components.Sample = wire.Slice(p.Sample, func(c sbom.ComponentBrief) SampleItem {
		return SampleItem{Name: c.Name, Version: c.Version, PURL: c.PURL}
	})
	out.Quality = Quality{Score: p.Quality.Score, Checks: wire.Slice(p.Quality.Checks, func(c sbom.QualityCheck) QualityCheck {
		return QualityCheck{Code: c.Code, Title: c.Title, Met: c.Met, Of: c.Of}
	})}
	if p.Difference != nil {
		d := Difference(*p.Difference)
		out.Difference = &d
	}
	return &previewOut{out}, nil
}
