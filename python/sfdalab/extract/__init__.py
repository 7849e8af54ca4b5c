"""Features of images by PyTorch networks.

    x = sfdalab.extract(["resnet50", "timm/vit_small_patch16_224"], images="photos")
    sfdalab.rank(x.features, x.labels, outputs=x.outputs)

``python -m sfdalab.extract`` does the same on the command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sfdalab.extract.run import extract as extract
else:

    def extract(models: Any, data: Any = None, **options: Any) -> Any:
        """Compute the features of images by PyTorch networks: see ``sfdalab.extract.run.extract``."""
        from sfdalab.extract.run import extract as run  # PyTorch is needed from here on

        return run(models, data, **options)
