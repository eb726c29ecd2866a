// Package document serves SBOMs: upload, preview, progress, history and the original bytes.
package document

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/sbom"
)

// Handler serves documents.
type Handler struct {
	store  *sbom.Store
	limits sbom.Limits
}

// Register adds the operations; limits bound each uploaded document.
func Register(api huma.API, store *sbom.Store, limits sbom.Limits) {
	h := &Handler{store, limits}
	h.registerUploads(api)
	tags := []string{"SBOMs"}
	huma.Register(api, huma.Operation{
		OperationID: "list-release-sboms", Method: http.MethodGet, Path: "/releases/{release_id}/sboms", Tags: tags,
		Errors: wire.Errors(http.StatusNotFound), Summary: "List the documents of a release", Description: "Newest first.",
	}, h.list)
	huma.Register(api, huma.Operation{
		OperationID: "get-sbom", Method: http.MethodGet, Path: "/sboms/{sbom_id}", Tags: tags,
		Errors: wire.Errors(http.StatusNotFound), Summary: "Read a document's state",
		Description: "Without its bytes. Ask again to follow the progress of matching.",
	}, h.get)
	huma.Register(api, huma.Operation{
		OperationID: "download-sbom", Method: http.MethodGet, Path: "/sboms/{sbom_id}/document", Tags: tags,
		Errors: wire.Errors(http.StatusNotFound), Summary: "Download a document",
		Description: "The original, byte for byte.",
		Responses: map[string]*huma.Response{"200": {
			Description: "The original bytes",
			Content: map[string]*huma.MediaType{
				"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
			},
		}},
	}, h.download)
}

type listIn struct {
	wire.Paging
	ReleaseID int64 `path:"release_id" minimum:"1"`
}

type listOut struct{ Body wire.Page[wire.SBOM] }

func (h *Handler) list(ctx context.Context, in *listIn) (*listOut, error) {
	page, err := h.store.Documents(ctx, in.ReleaseID, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	return &listOut{wire.NewPage(page.Items, page.Next, wire.SBOMOf)}, nil
}

type oneIn struct {
	SBOMID int64 `path:"sbom_id" minimum:"1"`
}

type oneOut struct{ Body wire.SBOM }

func (h *Handler) get(ctx context.Context, in *oneIn) (*oneOut, error) {
	d, err := h.store.StoredDocument(ctx, in.SBOMID)
	if err != nil {
		return nil, err
	}
	return &oneOut{wire.SBOMOf(d)}, nil
}

func (h *Handler) download(ctx context.Context, in *oneIn) (*huma.StreamResponse, error) {
	d, content, err := h.store.OpenDocument(ctx, in.SBOMID)
	if err != nil {
		return nil, err
	}
	name := d.FileName
	if name == "" {
		name = fmt.Sprintf("sbom-%d.%s", d.ID, d.Encoding)
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer content.Close()
		// A document is foreign text: a browser must save it and never show it as a page of this origin.
		hc.SetHeader("Content-Type", "application/octet-stream")
		hc.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		hc.SetHeader("Content-Length", fmt.Sprint(d.Size))
		hc.SetStatus(http.StatusOK)
		// A reader that goes away is no fault of ours, and the status is sent already.
		_, _ = io.Copy(hc.BodyWriter(), content)
	}}, nil
}
