# What the firmware finds at the control pilot, told over the link to the board.
@rig @requires:ac @requires:board @energised
Feature: Pilot faults on real device nodes

  Background:
    Given a charger where nobody needs a token
    And a car is charging

  Scenario Outline: <cause>: open, told, Faulted
    When <cause>
    Then within 200 ms the contactor opens
    And within 1 s the fault <fault> is detected
    And within 2 s the connector is Faulted

    Examples:
      | cause                                | fault                  |
      | the diode in the car is shorted      | DiodeFault             |
      | the control pilot is shorted to earth | PilotShort             |
      | a residual current of 7 mA flows     | ResidualCurrent        |
      | the contactor falls open             | ContactorOpenedByItself |

  Scenario: A welded contactor is told, and the plug stays held
    When the contactor welds
    And the driver unplugs
    Then within 1 s the fault ContactorWelded is detected
    And within 2 s the connector is Faulted
