/* The tensors of a file under the names that a network has for them.  Of a file of another writer
 *
 *     names that __metadata__ ties to a tensor are tensors too
 *     module. and _orig_mod., before all names, are left out
 *     NAME_g and NAME_v, or parametrizations.NAME.original0 and .original1, are NAME
 *     weight_ih, weight_hh, bias_ih, bias_hh at the end of a name have _l0 behind them
 *     PREFIXrunning_mean, running_var and num_batches_tracked belong to the weight and bias of an affine layer
 *
 * A file of librnn is shown as it is. */
#ifndef RNNI_VIEW_H
#define RNNI_VIEW_H

#include "checkpoint/fold.h"
#include "model/layer_list.h"

struct rnni_view {
    /* For rnni_safetensors_find.  tensors, notes and tensor_names are the view's, the rest belongs to the file that was
     * opened.  Keys of notes are without module. and _orig_mod. too. */
    struct rnni_safetensors file;
    struct rnni_fold *folds;              /* [file.tensor_count] how each is read */
    struct rnni_safetensors_tensor *ties; /* [tie_count] under the names that __metadata__ has */
    size_t tie_count;
    char *text; /* names that are made */
};

/* Whether librnn has written the file. */
int rnni_view_is_of_librnn(const struct rnni_safetensors *file);

/* For a network of these options and layers (count 0: none).  Whatever the status, rnni_view_release releases it; the
 * file must live as long. */
int32_t rnni_view_create(struct rnni_view *view, const struct rnni_safetensors *file,
                         const struct rnni_options *options, const struct rnni_layer_list *list, const char *function);
void rnni_view_release(struct rnni_view *view);

/* How a tensor of view->file is read. */
const struct rnni_fold *rnni_view_fold(const struct rnni_view *view, const struct rnni_safetensors_tensor *tensor);

/* What __metadata__ ties a name to, or NULL. */
const char *rnni_view_tie(const struct rnni_safetensors *file, const char *name);

/* What the names of a layer's tensors begin with; NULL: it has none. */
const char *rnni_view_prefix(const struct rnni_list_layer *layer);

#endif
