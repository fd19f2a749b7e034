# The pixels themselves, read back from the panel: memory in the twin, a file at the desk, /dev/fb0 of a kernel.
@rig @requires:ac @requires:board @requires:panel
Feature: What the driver sees

  @requires:rfid
  Scenario: Each message reaches the panel
    Given a charger that asks for a token
    Then within 4 s the panel's pixels show Available
    When the driver plugs in
    Then within 3 s the panel's pixels show PresentToken

  @energised
  Scenario: What is wrong is on the panel in words
    Given a charger where nobody needs a token
    And a car is charging
    When a residual current of 7 mA flows
    Then within 3 s the panel's pixels show Faulted

  @requires:rfid
  Scenario: A panel that was missing shows what is true as soon as it is there
    Given a charger that asks for a token
    And the panel is missing
    When the driver plugs in
    And the panel is back
    Then within 4 s the panel's pixels show PresentToken
