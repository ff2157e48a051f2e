"""The table of the paper profile's checkpoints: what each file is, where it is published and under which terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Checkpoint:
    """One file.

    Attributes:
        name: what the adapters ask for.
        urls: where it is published; the first that answers is taken.
        sha256: the whole hash or its first digits, in hexadecimal; empty if the publisher gives none.
        md5: the same, where the publisher gives that one.
        licence: of the file, or of the data it was trained on.
        size: megabytes, about.
        use: what it is for.
        as_file: name on disk where the address has none that tells anything.
    """

    name: str
    urls: tuple[str, ...]
    sha256: str
    licence: str
    size: int
    use: str
    md5: str = ""
    as_file: str = ""

    @property
    def file(self) -> str:
        """Name of the file on disk."""
        return self.as_file or self.urls[0].rpartition("/")[2]


_OPENMMLAB: Final = "https://download.openmmlab.com"
_DETECTRON: Final = "https://dl.fbaipublicfiles.com"
_NTNU: Final = "https://api.loke.aws.unit.no/dlr-gui-backend-resources-content/v2/contents/links"
_CSE_SETTINGS: Final = (
    "https://raw.githubusercontent.com/facebookresearch/detectron2/96c752ce821a3340e27edd51c28a00665dd32a30"
    "/projects/DensePose/configs/cse"
)
_WHOLEBODY: Final = "code Apache-2.0; COCO-WholeBody annotations for research and non-commercial use only"
_COCO: Final = "code Apache-2.0; trained on COCO (annotations CC BY 4.0)"
_DENSEPOSE: Final = "code Apache-2.0; trained on DensePose-COCO (CC BY-NC)"
_FDH: Final = "code Apache-2.0 and NVIDIA's StyleGAN (non-commercial); weights under the terms of FDH"
_FDF: Final = "code Apache-2.0 and NVIDIA's StyleGAN (non-commercial); weights under the terms of FDF"


def _whole_body(name: str, project: str, size: int) -> Checkpoint:
    """An archive with a whole-body network for ONNX Runtime; its publisher gives no hash of it."""
    return Checkpoint(
        name, (f"{_OPENMMLAB}/mmpose/v1/projects/{project}.zip",), "", _WHOLEBODY, size, "133 keypoints"
    )


OPENMMLAB: Final = (
    Checkpoint(
        "mask_rcnn",
        (
            f"{_OPENMMLAB}/mmdetection/v2.0/mask_rcnn/mask_rcnn_r50_fpn_2x_coco/"
            "mask_rcnn_r50_fpn_2x_coco_bbox_mAP-0.392__segm_mAP-0.354_20200505_003907-3e542a40.pth",
        ),
        "3e542a40",
        _COCO,
        170,
        "boxes and masks of persons",
    ),
    Checkpoint(
        "faster_rcnn",
        (
            f"{_OPENMMLAB}/mmdetection/v2.0/faster_rcnn/faster_rcnn_r50_fpn_2x_coco/"
            "faster_rcnn_r50_fpn_2x_coco_bbox_mAP-0.384_20200504_210434-a5d8aa15.pth",
        ),
        "a5d8aa15",
        _COCO,
        160,
        "boxes of persons for the actions",
    ),
    Checkpoint(
        "hrnet",
        (f"{_OPENMMLAB}/mmpose/top_down/hrnet/hrnet_w48_coco_wholebody_384x288_dark-f5726563_20200918.pth",),
        "f5726563",
        _WHOLEBODY,
        255,
        "133 keypoints",
    ),
    Checkpoint(
        "slowonly",
        (
            f"{_OPENMMLAB}/mmaction/detection/ava/slowonly_omnisource_pretrained_r101_8x8x1_20e_ava_rgb/"
            "slowonly_omnisource_pretrained_r101_8x8x1_20e_ava_rgb_20201217-16378594.pth",
        ),
        "16378594",
        "code Apache-2.0; trained on AVA and Kinetics",
        240,
        "actions",
    ),
    _whole_body("rtmw_l", "rtmw/onnx_sdk/rtmw-dw-x-l_simcc-cocktail14_270e-384x288_20231122", 220),
    _whole_body(
        "rtmw_x", "rtmw/onnx_sdk/rtmw-x_simcc-cocktail13_pt-ucoco_270e-384x288-0949e3a9_20230925", 350
    ),
    _whole_body(
        "dwpose", "rtmposev1/onnx_sdk/rtmpose-l_simcc-ucoco_dw-ucoco_270e-384x288-2438fd99_20230728", 130
    ),
)

DEEPPRIVACY2: Final = (
    Checkpoint(
        "dp2_person_cse",
        (
            f"{_NTNU}/21841da7-2546-4ce3-8460-909b3a63c58b13aac1a1-c778-4c8d-9b69-3e5ed2cde9de1524e76e-7aa6-4dd8-b643-"
            "52abc9f0792c",
        ),
        "",
        _FDH,
        350,
        "DeepPrivacy2: persons, guided by surface embeddings",
        md5="3411478b5ec600a4219cccf4499732bd",
        as_file="fdh_styleganL.ckpt",
    ),
    Checkpoint(
        "dp2_person",
        ("https://folk.ntnu.no/haakohu/checkpoints/deep_privacy2/fdh_styleganL_nocse.ckpt",),
        "",
        _FDH,
        350,
        "DeepPrivacy2: persons, guided by the mask alone",
        md5="fda0d809741bc67487abada793975c37",
    ),
    Checkpoint(
        "dp2_face",
        (
            f"{_NTNU}/89660f04-5c11-4dbf-adac-cbe2f11b0aeea25cbf78-7558-475a-b3c7-03f5c10b7934646b0720-ca0a-4d53-aded-"
            "daddbfa45c9e",
        ),
        "",
        _FDF,
        350,
        "DeepPrivacy2: faces",
        md5="e8e32190528af2ed75f0cb792b7f2b07",
        as_file="fdf256_stylegan.ckpt",
    ),
    Checkpoint(
        "dp2_face_dp1",
        (
            f"{_NTNU}/0940803d-1a2c-4b54-9c1d-0d3aeb80c5a8970f7dd4-bde6-4120-9d3e-5fad937eef2b7b0544e2-8c00-43c2-9193-"
            "f56679740872",
        ),
        "",
        _FDF,
        180,
        "DeepPrivacy1: faces",
        md5="6cc8b285bdc1fcdfc64f5db7c521d0a6",
        as_file="fdf128_deep_privacy1.ckpt",
    ),
    Checkpoint(
        "d2_mask_rcnn",
        (
            f"{_DETECTRON}/detectron2/COCO-InstanceSegmentation/mask_rcnn_X_101_32x8d_FPN_3x/139653917/"
            "model_final_2d9806.pkl",
        ),
        "",
        _COCO,
        430,
        "DeepPrivacy2's masks of persons",
    ),
    Checkpoint(
        "d2_cse",
        (
            f"{_DETECTRON}/densepose/cse/densepose_rcnn_R_101_FPN_DL_soft_s1x/250713061/model_final_1d3314.pkl",
        ),
        "",
        _DENSEPOSE,
        350,
        "DeepPrivacy2's surface embeddings",
    ),
    Checkpoint(
        "d2_cse_features",
        (f"{_DETECTRON}/densepose/data/cse/lbo/phi_smpl_27554.pkl",),
        "",
        _DENSEPOSE,
        30,
        "features of the body's surface that the embeddings refer to",
    ),
    *(
        Checkpoint(name, (f"{_CSE_SETTINGS}/{file}.yaml",), "", "Apache-2.0", 0, "configuration of d2_cse")
        for name, file in (
            ("d2_cse_settings", "densepose_rcnn_R_101_FPN_DL_soft_s1x"),
            ("d2_cse_settings_base", "Base-DensePose-RCNN-FPN"),
            ("d2_cse_settings_human", "Base-DensePose-RCNN-FPN-Human"),
        )
    ),
    Checkpoint(
        "dsfd",
        ("https://folk.ntnu.no/haakohu/WIDERFace_DSFD_RES152.pth",),
        "",
        "code Apache-2.0; trained on WIDER FACE (research only)",
        480,
        "DeepPrivacy2's faces",
    ),
    Checkpoint(
        "keypoint_rcnn",
        ("https://download.pytorch.org/models/keypointrcnn_resnet50_fpn_coco-fc266e95.pth",),
        "fc266e95",
        "code BSD-3-Clause; trained on COCO (annotations CC BY 4.0)",
        237,
        "DeepPrivacy1's keypoints of faces",
    ),
)

CHECKPOINTS: Final = (*OPENMMLAB, *DEEPPRIVACY2)

PAPER: Final = (
    *("mask_rcnn", "faster_rcnn", "hrnet", "slowonly"),
    *("dp2_person_cse", "d2_mask_rcnn", "d2_cse", "d2_cse_features"),
    *("d2_cse_settings", "d2_cse_settings_base", "d2_cse_settings_human"),
)
"""What `profiles/paper.yaml` needs; all others are for choices that it does not make."""
