package document

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Stream keeps the request's body as a stream: the framework would read it whole into memory.
type Stream struct {
	stream      io.Reader
	contentType string
}

// Resolve implements huma.Resolver.
func (b *Stream) Resolve(ctx huma.Context) []error {
	b.stream, b.contentType = ctx.BodyReader(), ctx.Header("Content-Type")
	return nil
}

// open finds the document: the body itself, or the form's field "file", with the name that the form gives it.
func (b *Stream) open() (content io.Reader, name string, err error) {
	kind, params, err := mime.ParseMediaType(b.contentType)
	if err != nil || !strings.HasPrefix(kind, "multipart/") {
		return b.stream, "", nil
	}
	if params["boundary"] == "" {
		return nil, "", problem.New(problem.Malformed, "The form cannot be read.").
			With(problem.Fault{Path: "header.Content-Type", Code: "boundary", Message: "multipart needs a boundary"})
	}
	form := multipart.NewReader(b.stream, params["boundary"])
	for {
		part, err := form.NextPart()
		var known *problem.Error
		switch {
		case errors.Is(err, io.EOF):
			return nil, "", problem.New(problem.Invalid, "The form holds no document.").
				With(problem.Fault{Path: "body.file", Code: "required", Message: "put the document in the field \"file\""})
		case errors.As(err, &known):
			return nil, "", known
		case err != nil:
			return nil, "", problem.Wrap(problem.Malformed, err, "The form cannot be read.").
				With(problem.Fault{Path: "body", Code: "form", Message: "it is damaged or cut off"})
		case part.FormName() == "file":
			return part, part.FileName(), nil
		}
	}
}
