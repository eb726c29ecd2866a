package account

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
)

func (h *Handler) registerCodes(api huma.API) {
	tags := []string{"Account"}
	errors := wire.Errors(http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict)
	huma.Register(api, huma.Operation{
		OperationID: "get-my-codes", Method: http.MethodGet, Path: "/me/codes", Tags: tags, Errors: errors,
		Summary: "Read how one stands with one-time codes",
	}, h.codes)
	huma.Register(api, huma.Operation{
		OperationID: "begin-codes", Method: http.MethodPost, Path: "/me/codes/begin", Tags: tags, Errors: errors,
		Summary: "Get a secret for an authenticator app", Description: "It counts, and takes the place of an older one, when its first code is given within 15 minutes.",
	}, h.beginCodes)
	huma.Register(api, huma.Operation{
		OperationID: "create-codes", Method: http.MethodPost, Path: "/me/codes", Tags: tags, DefaultStatus: http.StatusCreated, Errors: errors,
		Summary: "Set one-time codes up by the first of them", Description: "The answer holds recovery codes, which are shown this once.",
	}, h.createCodes)
	huma.Register(api, huma.Operation{
		OperationID: "remove-codes", Method: http.MethodDelete, Path: "/me/codes", Tags: tags, DefaultStatus: http.StatusNoContent, Errors: errors,
		Summary: "Remove one-time codes and recovery codes",
	}, h.removeCodes)
	huma.Register(api, huma.Operation{
		OperationID: "renew-recovery-codes", Method: http.MethodPost, Path: "/me/codes/recovery", Tags: tags, Errors: errors,
		Summary: "Replace one's recovery codes", Description: "Those before serve no more; the new ones are shown this once.",
	}, h.renewRecovery)
}

// Codes is how a person stands with one-time codes.
type Codes struct {
	Since     *time.Time `json:"since,omitempty" doc:"When they were set up; absent: they are not."`
	Recovery  int        `json:"recovery" doc:"Recovery codes that are left."`
	Available bool       `json:"available" doc:"This server can keep their secrets."`
}

type codesOut struct{ Body Codes }

func (h *Handler) codes(ctx context.Context, _ *struct{}) (*codesOut, error) {
	c, err := h.store.Codes(ctx)
	if err != nil {
		return nil, err
	}
	return &codesOut{Codes(c)}, nil
}

// NewCodes is what an authenticator app needs.
type NewCodes struct {
	Ceremony string `json:"ceremony" doc:"Goes back with the first code."`
	Key      string `json:"key" doc:"The secret in base32, to type."`
	URI      string `json:"uri" doc:"otpauth:// address of the secret."`
	QR       QR     `json:"qr" doc:"The address as a QR code."`
}

// QR is a QR code.
type QR struct {
	Size int    `json:"size" doc:"Units along a side, without the quiet zone of four."`
	Path string `json:"path" doc:"SVG path over the dark units."`
}

type newCodesOut struct{ Body NewCodes }

func (h *Handler) beginCodes(ctx context.Context, _ *struct{}) (*newCodesOut, error) {
	c, err := h.store.BeginCodes(ctx)
	if err != nil {
		return nil, err
	}
	return &newCodesOut{NewCodes{c.Ceremony, c.Key, c.URI, QR(c.QR)}}, nil
}

// FirstCode shows that the app has the secret.
type FirstCode struct {
	Ceremony string `json:"ceremony" maxLength:"40"`
	Code     string `json:"code" minLength:"1" maxLength:"20" writeOnly:"true"`
}

type firstCodeIn struct{ Body FirstCode }

// RecoveryCodes stand in for the app, each once.
type RecoveryCodes struct {
	Codes []string `json:"recovery_codes"`
}

type recoveryOut struct{ Body RecoveryCodes }

func (h *Handler) createCodes(ctx context.Context, in *firstCodeIn) (*recoveryOut, error) {
	return shapeRecovery(h.store.ConfirmCodes(ctx, in.Body.Ceremony, in.Body.Code))
}

func (h *Handler) removeCodes(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, h.store.RemoveCodes(ctx)
}

func (h *Handler) renewRecovery(ctx context.Context, _ *struct{}) (*recoveryOut, error) {
	return shapeRecovery(h.store.RenewRecovery(ctx))
}

func shapeRecovery(codes []string, err error) (*recoveryOut, error) {
	if err != nil {
		return nil, err
	}
	return &recoveryOut{RecoveryCodes{codes}}, nil
}
